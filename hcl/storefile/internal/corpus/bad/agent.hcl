agent "back" {
  address = "10.0.0.5" # ERROR address: It has no port => "10.0.0.5:7443"
}

agent "far" {
  address = ":7443" # ERROR address: It names no machine
}

agent "high" {
  address = "far.example:70000" # ERROR address: A port is a number from 1 to 65535
}

agent "silent" { # ERROR missing_argument: The argument "address" is missing
}

plugin "remote" { # WARNING unused: Plugin "remote" drives nothing
  source = "./remote"
  agent  = agent.bakc # ERROR unknown_reference: There is no agent "bakc" => agent.back
}

plugin "quoted" { # WARNING unused: Plugin "quoted" drives nothing
  source = "./remote"
  agent  = "back" # ERROR wrong_type: "agent" needs a reference to an agent => agent.back
}
