package corpus

import (
	"fmt"
	"strings"
)

// words is as many signs as a file may have, a line each.
const words = 119_900

// hostileSigns are files of one thing over and over, as many as a file may have:
// to read one twice is too much.
func hostileSigns() map[string]string {
	return map[string]string{
		"closing":       strings.Repeat("}", 120_000) + "\n",
		"closing_lines": strings.Repeat("}\n", words),
		"closing_after": "zone \"x\" {}\na\n" + strings.Repeat("}\n", words-5),
		"words_alone":   strings.Repeat("a\n", words),
		"open_texts":    strings.Repeat("a \"\n", 79_900),
	}
}

// hostileWork are small files that do much.
func hostileWork() map[string]string {
	large := "  b0 = join(\"\", [for a in range(1000) : \"xxxxxxxxxx\"])\n  b1 = join(\"\", [for a in range(1000) : local.b0])\n"
	return map[string]string{
		"for_squared":        "locals {\n  a = [for a in range(1024) : [for b in range(1024) : a]]\n}\n",
		"for_cubed":          "locals {\n  a = length([for a in range(1024) : [for b in range(1024) : [for c in range(1024) : a]]])\n}\n",
		"for_in_condition":   "locals {\n  a = [for a in range(1024) : a if length([for b in range(1024) : [for c in range(1024) : c]]) == 0]\n}\n",
		"for_in_validation":  "variable \"x\" {\n  default = 1\n  validation {\n    condition     = var.x == length([for a in range(1024) : [for b in range(1024) : [for c in range(1024) : c]]])\n    error_message = \"No.\"\n  }\n}\n",
		"for_of_pairs":       "locals {\n  a = { for p in setproduct(range(300), range(300)) : p[0] => [for q in setproduct(range(300), range(300)) : q]... }\n}\n",
		"many_fors":          "locals {\n" + numbered("  a%d = length([for a in range(1000) : a])\n", 1_000) + "}\n",
		"many_for_each":      numbered("zone \"z%d\" {\n  for_each = { for p in setproduct(range(300), range(300)) : \"k${p[0]}-${p[1]}\" => 1 }\n}\n", 30),
		"splats_of_a_list":   "locals {\n  l = [for a in range(1000) : { x = a }]\n" + numbered("  a%d = length(local.l[*].x)\n", 1_000) + "}\n",
		"text_in_many":       "locals {\n" + large + numbered("  a%d = \"${local.b1}x\"\n", 1_000) + "}\n",
		"text_in_a_for":      "locals {\n" + large + "  a = [for x in range(1000) : upper(\"${local.b1}${local.b1}\") == \"\"]\n}\n",
		"lists_to_functions": "locals {\n  l = range(1000)\n  a = [for a in range(1000) : contains(concat(local.l, local.l, local.l, local.l), a)]\n}\n",
		"json_in_a_for":      "locals {\n  l = range(1000)\n  a = [for a in range(1000) : jsonencode([local.l, local.l, local.l, local.l]) == \"\"]\n}\n",
		"dynamic_cubed": "weight_shelf \"x\" {\n  driver = acme.shelf\n  zone   = zone.drinks\n  config {\n    dynamic \"a\" {\n      for_each = range(1000)\n      content {\n" +
			"        dynamic \"b\" {\n          for_each = range(1000)\n          content {\n            dynamic \"c\" {\n              for_each = range(1000)\n              content {}\n            }\n          }\n        }\n      }\n    }\n  }\n}\n",
		"moved_on_and_on":  movedOn(8_000),
		"bad_products":     numbered("product \"p%d\" {\n  gtin  = \"1\"\n  name  = \"x\"\n  price = \"1 x\"\n  tax   = tax.nope\n}\n", 6_000),
		"mistyped_of_many": numbered("zone \"zone_%d\" {}\n", 25_000) + numbered("camera \"c%d\" {\n  zones = [zone.zon_1]\n}\n", 1_500),
	}
}

// hostileWants are the problems that must be among those of a case.
func hostileWants() map[string][]string {
	const work = "The store's files do too much"
	return map[string][]string{
		"closing":          {"hostile.hcl:1:1 syntax <}> Argument or block definition required"},
		"closing_lines":    {"hostile.hcl:1:1 syntax <}> Argument or block definition required"},
		"closing_after":    {"hostile.hcl:2:1 syntax <a> Argument or block definition required"},
		"moved_on_and_on":  {"hostile.hcl:1:1 too_large <moved> Devices are moved too often"},
		"files_too_large":  {"many_03.hcl:1:1 too_large <> The store is too large"},
		"module_of_many":   {"hostile.hcl:1:1 too_large <module \"m\"> " + work},
		"for_squared":      {"hostile.hcl:2:41 too_large <range(1024)> " + work},
		"for_cubed":        {"hostile.hcl:2:72 too_large <range(1024)> " + work},
		"for_in_condition": {"hostile.hcl:2:77 too_large <range(1024)> " + work},
	}
}

// movedOn gives a device one name after the other.
func movedOn(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "moved {\n  from = gate.g%d\n  to   = gate.g%d\n}\n", i, i+1)
	}
	return b.String()
}
