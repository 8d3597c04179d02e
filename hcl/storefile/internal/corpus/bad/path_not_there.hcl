# VAR recording=./no/such/folder
variable "recording" { # ERROR no_value: The path of variable "recording" can't be read
  type = path
}
