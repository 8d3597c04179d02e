package storefile

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/openaisle/aisle/hcl/storedef"
)

// tree makes a folder of base.hcl and files, which may be in folders.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := store(t, nil)
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o750); err != nil {
			t.Fatal(err)
		}
		write(t, dir, name, content)
	}
	return dir
}

const lane = `
variable "zone" {}
variable "antennas" {
  type    = list(number)
  default = [1]
  validation {
    condition     = length(var.antennas) <= 4
    error_message = "A reader has four antennas."
  }
}
variable "addr" { type = string }

gate "door" {
  driver = acme.gate
  zone   = var.zone
  role   = "both"
}
credential_reader "badge" {
  driver = acme.reader
  serves = gate.door
}
rfid_reader "tags" {
  driver = acme.lane
  zone   = var.zone
  serves = gate.door
  config {
    addr = var.addr
    dynamic "antenna" {
      for_each = var.antennas
      content {
        port  = antenna.value
        power = 20 + antenna.key
      }
    }
  }
}
output "gate" { value = gate.door }
output "label" { value = "lane at ${var.addr}" }
`

func TestModules(t *testing.T) {
	dir := tree(t, map[string]string{
		"modules/lane/main.hcl": lane,
		"lanes.hcl": `
module "front" {
  source   = "./modules/lane"
  zone     = zone.entrance
  addr     = "10.0.0.1:5084"
  antennas = [1, 3]
}
module "back" {
  for_each = { a = "10.0.0.2:5084", b = "10.0.0.3:5084" }
  source   = "./modules/lane"
  zone     = zone.drinks
  addr     = each.value
}
credential_reader "second" {
  driver = acme.reader
  serves = [module.front.gate, module.back["b"].gate]
}
moved {
  from = gate.old
  to   = module.front.gate.door
}
`,
	})
	d, ps := Load(dir, &Options{Schemas: acme{}, Secrets: noSecret})
	if len(ps) > 0 {
		_ = Print(os.Stderr, ps, false)
		t.Fatal("problems")
	}
	configs := map[string]string{}
	for _, x := range d.Store.Devices {
		configs[x.Address] = string(x.Config)
		if storedef.ClassOf(x.Address) != x.Class {
			t.Errorf("class of %s is %q", x.Address, storedef.ClassOf(x.Address))
		}
		if x.Address == "credential_reader.second" && !slices.Equal(x.Serves, []string{`module.back["b"].gate.door`, "module.front.gate.door"}) {
			t.Errorf("serves %v", x.Serves)
		}
	}
	if got := configs["module.front.rfid_reader.tags"]; got != `{"addr":"10.0.0.1:5084","antenna":[{"port":1,"power":20},{"port":3,"power":21}]}` {
		t.Errorf("front: %s", got)
	}
	if got := configs[`module.back["a"].rfid_reader.tags`]; got != `{"addr":"10.0.0.2:5084","antenna":[{"port":1,"power":20}]}` {
		t.Errorf("back: %s of %v", got, configs)
	}
	if want := []storedef.Move{{From: "gate.old", To: "module.front.gate.door"}}; !reflect.DeepEqual(d.Store.Moved, want) {
		t.Errorf("moved %v", d.Store.Moved)
	}
	if want := []string{"base.hcl", "lanes.hcl", "modules/lane/main.hcl"}; !slices.Equal(d.Files, want) {
		t.Errorf("files %v", d.Files)
	}
	at, ok := d.Locate("module.front.rfid_reader.tags", "addr")
	if !ok || at.File != "modules/lane/main.hcl" || at.Snippet != "    addr = var.addr" {
		t.Errorf("place %+v", at)
	}
}

// What is wrong in or around a module is shown at the line that is to be mended.
func TestModuleProblems(t *testing.T) {
	for _, c := range []struct{ name, src, module, want string }{
		{"no source", `module "m" {}`, lane, `more.hcl:1:1: missing_argument`},
		{"computed source", `module "m" { source = "./${"m"}" }`, lane, `more.hcl:1:23: wrong_type`},
		{"not there", `module "m" { source = "./nowhere" }`, lane, `more.hcl:1:23: module: it does not exist`},
		{"outside", `module "m" { source = "../../etc" }`, lane, `more.hcl:1:23: module`},
		{"itself", `module "m" { source = "./m" }`, `module "again" { source = "../m" }`, `m/main.hcl:1:27: module: it is the folder`},
		{"needs a value", `module "m" { source = "./m" }`, "variable \"zone\" {}\n", `more.hcl:1:1: missing_argument: no default`},
		{"unknown variable", `module "m" {
  source = "./m"
  zoen   = zone.drinks
}`, "variable \"zone\" { default = 1 }\n", `more.hcl:3:3: unknown_argument: Its variables are: zone. => zone`},
		{"unknown output", `module "m" { source = "./m" }
credential_reader "r" {
  driver = acme.reader
  serves = module.m.gaet
}`, "output \"gate\" { value = 1 }\n", `more.hcl:4:12: unknown_reference: There is: gate. => module.m.gate`},
		{"unknown module", `module "front" { source = "./m" }
credential_reader "r" {
  driver = acme.reader
  serves = module.fornt.gate
}`, "output \"gate\" { value = 1 }\n", `more.hcl:4:12: unknown_reference: => module.front`},
		{"in a circle", `module "a" {
  source = "./m"
  x      = module.b.x
}
module "b" {
  source = "./m"
  x      = module.a.x
}`, "variable \"x\" {}\noutput \"x\" { value = var.x }\n", `more.hcl:7:12: cycle`},
		{"policy in a module", `module "m" { source = "./m" }`, "safety {}\n", `m/main.hcl:1:1: out_of_place`},
		{"mistake in a module", `module "m" { source = "./m" }`, "zone \"z\" { x = 1 }\n", `m/main.hcl:1:12: unknown_argument`},
		{"validation", `module "m" {
  source   = "./m"
  zone     = zone.drinks
  addr     = "x"
  antennas = [1, 2, 3, 4, 5]
}`, lane, `more.hcl:5:14: invalid_value: A reader has four antennas. It was given by module "m".`},
		{"wrong type", `module "m" {
  source   = "./m"
  zone     = zone.drinks
  addr     = "x"
  antennas = "many"
}`, lane, `more.hcl:5:14: wrong_type`},
		{"a name of the store", `module "m" { source = "./m" }`, "gate \"g\" {\n  driver = acme.gate\n  zone = zone.drinks\n  role = \"exit\"\n}\n", `m/main.hcl:3:10: unknown_reference`},
		{"moved and still there", "moved {\n  from = gate.north\n  to   = gate.north\n}", lane, `more.hcl:2:10: moved`},
		{"moved to nowhere", "moved {\n  from = gate.old\n  to   = gate.nroth\n}", lane, `more.hcl:3:10: unknown_reference: => gate.north`},
		{"moved to another kind", "moved {\n  from = camera.old\n  to   = gate.north\n}", lane, `more.hcl:3:10: moved`},
		{"moved twice", "moved {\n  from = gate.old\n  to   = gate.north\n}\nmoved {\n  from = gate.older\n  to   = gate.north\n}", lane, `more.hcl:5:1: duplicate`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, ps := Load(tree(t, map[string]string{"m/main.hcl": c.module, "more.hcl": c.src}), &Options{Schemas: acme{}})
			place, rest, _ := strings.Cut(c.want, ": ")
			code, text, _ := strings.Cut(rest, ": ")
			text, suggestion, _ := strings.Cut(text, "=> ")
			for _, p := range ps {
				if p.Place.String() == place && p.Code == code && strings.Contains(p.Detail, strings.TrimSpace(text)) && p.Suggestion == suggestion {
					checkForm(t, p)
					return
				}
			}
			_ = Print(os.Stderr, ps, false)
			t.Errorf("want %s", c.want)
		})
	}
}
