package corpus

import (
	"fmt"
	"strings"
)

// file is more than any line may have, and largest more than a file.
const (
	file    = 128<<10 + 200
	largest = 16<<20 + 1
)

// Hostile gives stores that are to take down whoever reads them: deep, large, or
// of what is no text. What is wanted of them is a refusal, and that it costs
// little.
func Hostile() []Case {
	row := "a,09521234000112,Nuts,1.80,standard,100 g\n"
	table := `catalogue "goods" { file = "goods.%s" }` + "\n"
	var out []Case
	wants := hostileWants()
	add := func(name string, files map[string]string) {
		c := Case{Name: "hostile/" + name, Files: files}
		c.Want = wants[name]
		if err := c.complete(); err == nil { // the base is there, or Cases fails
			out = append(out, c)
		}
	}
	for name, text := range hostileShapes() {
		add(name, map[string]string{"hostile.hcl": text})
	}
	for name, text := range hostileSizes() {
		add(name, map[string]string{"hostile.hcl": text})
	}
	for name, text := range hostileSigns() {
		add(name, map[string]string{"hostile.hcl": text})
	}
	for name, text := range hostileWork() {
		add(name, map[string]string{"hostile.hcl": text})
	}
	many := map[string]string{}
	for i := range 6 {
		many[fmt.Sprintf("many_%02d.hcl", i)] = strings.Repeat("#"+strings.Repeat("x", 1022)+"\n", 4<<10)
	}
	add("files_too_large", many)
	add("module_of_many", map[string]string{
		"hostile.hcl":    "module \"m\" {\n  for_each = { for i in range(900) : \"k${i}\" => i }\n  source = \"./m\"\n}\n",
		"m/hostile2.hcl": numbered("zone \"z%d\" {}\n", 1_000),
	})
	for name, text := range map[string]string{
		"csv_nul": "id,gtin\n\x00,\x00\n", "csv_quotes": strings.Repeat("\"", 1_000_001), "csv_columns": strings.Repeat("a,", 150_000),
		"csv_empty_rows": "id,gtin\n" + strings.Repeat(",\n", 200_000), "csv_one_key": "id,gtin,name,price,tax,mass\n" + strings.Repeat(row, 100_000),
		"csv_short_rows": "id,gtin\n" + strings.Repeat("x\n", 100_000), "csv_no_lines": strings.Repeat("x", file-100), "csv_not_utf8": "id,gtin\n\xff,1\n",
		"csv_bad_rows": "id,gtin,name,price,tax\n" + numbered("k%d,123,x,y,z\n", 20_000),
	} {
		add("table_"+name, map[string]string{"hostile.hcl": fmt.Sprintf(table, "csv"), "goods.csv": text})
	}
	for name, text := range map[string]string{
		"deep": strings.Repeat("[", 200_000), "deep_objects": strings.Repeat("[{\"a\":", 100_000), "columns": "[{" + numbered("\"a%d\": 1,", 200_000),
		"text": "[{\"id\": \"" + strings.Repeat("x", file-100) + "\"}]",
	} {
		add("table_json_"+name, map[string]string{"hostile.hcl": fmt.Sprintf(table, "json"), "goods.json": text})
	}
	for name, text := range map[string]string{
		"laughs": laughs(), "deep": strings.Repeat("[", 100_000), "deep_lines": nested(2_000), "alias_of_itself": "- &a [*a]\n", "hyphens": strings.Repeat("- ", 100_000),
		"merge": "- &a {id: x}\n- <<: *a\n", "tags": "- !!binary x\n- !!python/object:os.system x\n",
	} {
		add("table_yaml_"+name, map[string]string{"hostile.hcl": fmt.Sprintf(table, "yaml"), "goods.yaml": text})
	}
	return out
}

func numbered(form string, n int) string {
	var b strings.Builder
	for i := range n {
		if strings.Contains(form, "[2]") {
			fmt.Fprintf(&b, form, i+1, i+2)
			continue
		}
		fmt.Fprintf(&b, form, i)
	}
	return b.String()
}

func doubled(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  a%d = \"${local.a%d}${local.a%d}\"\n", i+1, i, i)
	}
	return b.String()
}

// laughs is a YAML file of which each line holds the one before ten times.
func laughs() string {
	var b strings.Builder
	b.WriteString("- &a0 [lol]\n")
	for i := range 20 {
		fmt.Fprintf(&b, "- &a%d [%s*a%d]\n", i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), i)
	}
	return b.String()
}

func nested(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func deep(open, middle, end string, n int) string {
	return "locals {\n  a = " + strings.Repeat(open, n) + middle + strings.Repeat(end, n) + "\n}\n"
}

// hostileShapes are files that are no text, or deep.
func hostileShapes() map[string]string {
	return map[string]string{
		"nul":              "zone \"x\x00\" {}\n",
		"nul_first":        "\x00",
		"bom_twice":        "\ufeff\ufeffzone \"x\" {}\n",
		"utf16":            "\xff\xfez\x00o\x00n\x00e\x00",
		"not_utf8":         "zone \"\xff\xfe\" {}\n",
		"half_a_rune":      "locals {\n  a = \"\xe2\x82\"\n}\n",
		"elf":              "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00>\x00",
		"right_to_left":    "zone \"x\u202e\" {}\n",
		"brackets":         deep("[", "", "]", 100_000),
		"braces":           deep("{a=", "1", "}", 100_000),
		"parentheses":      deep("(", "1", ")", 200_000),
		"calls":            deep("upper(", "\"x\"", ")", 100_000),
		"templates":        deep("\"${", "1", "}\"", 100_000),
		"negations":        deep("!", "true", "", 200_000),
		"minus":            deep("-", "1", "", 200_000),
		"conditions":       deep("true ? ", "1", " : 2", 100_000),
		"sums":             "locals {\n  a = 1" + strings.Repeat(" + 1", 200_000) + "\n}\n",
		"steps":            "locals {\n  a = var" + strings.Repeat(".x", 150_000) + "\n}\n",
		"indexes":          "locals {\n  a = var.x" + strings.Repeat("[0]", 150_000) + "\n}\n",
		"splats":           "locals {\n  a = [1]" + strings.Repeat("[*]", 100_000) + "\n}\n",
		"for_in_for":       deep("[for x in [1] : ", "x", "]", 10_000),
		"blocks_in_blocks": strings.Repeat("zone \"x\" {\n", 100_000) + strings.Repeat("}\n", 100_000),
		"heredocs":         "locals {\n" + strings.Repeat("  a = <<E\n${<<F\nF\n}\nE\n", 10_000) + "}\n",
		"controls":         "locals {\n  a = \"" + strings.Repeat("%{if true}", 50_000) + strings.Repeat("%{endif}", 50_000) + "\"\n}\n",
		"huge_text":        "locals {\n  a = \"" + strings.Repeat("x", file-100) + "\"\n  b = local.c\n}\n",
		"huge_name":        "zone \"" + strings.Repeat("x", file-100) + "\" {}\n",
		"huge_word":        strings.Repeat("x", file-100) + " {}\n",
	}
}

// hostileSizes are files that are large, or become so.
func hostileSizes() map[string]string {
	return map[string]string{
		"huge_number":           "locals {\n  a = " + strings.Repeat("9", 200_000) + "\n  b = local.c\n}\n",
		"huge_exponent":         "locals {\n  a = 1e999999999\n}\n",
		"huge_comment":          "#" + strings.Repeat("x", file-100) + "\nzone {}\n",
		"too_large":             strings.Repeat("#\n", largest/2+1),
		"lines":                 strings.Repeat("\n", file-100) + "x = 1\n",
		"arguments":             "locals {\n" + numbered("  a%d = 1\n", 200_000) + "  a0 = 2\n}\n",
		"arguments_at_top":      numbered("a%d = 1\n", 150_000),
		"locals_in_a_row":       "locals {\n  a0 = local.a1\n" + numbered("  a%d = local.a%[2]d\n", 5_000) + "}\n",
		"small_blocks":          numbered("zone \"z%d\" {}\n", 100_000) + "zone {}\n",
		"one_block_again":       strings.Repeat("zone \"x\" {}\n", 100_000),
		"unknown_blocks":        strings.Repeat("lamp {}\n", 100_000),
		"mistyped_references":   "locals {\n" + numbered("  a%d = local.b\n", 1_000) + "}\n",
		"commas":                "locals {\n  a = [" + strings.Repeat("1,", 200_000) + "\n",
		"quotes":                strings.Repeat("\"", 200_000),
		"dollars":               "locals {\n  a = \"" + strings.Repeat("$${", 200_000) + "\n}\n",
		"range":                 "locals {\n  a = range(1000000000)\n}\n",
		"doubling":              "locals {\n  a0 = \"xxxxxxxxxxxxxxxx\"\n" + doubled(40) + "}\nentry {\n  staff = [local.a40]\n}\n",
		"product_of_sets":       "locals {\n  a = setproduct(range(1000), range(1000), range(1000))\n}\n",
		"format_wide":           "locals {\n  a = format(\"%999999999d\", 1)\n}\n",
		"power":                 "locals {\n  a = pow(2, 1000000000)\n  b = \"${local.a}\"\n  c = local.d\n}\n",
		"yaml_laughs":           "locals {\n  a = yamldecode(<<E\n" + laughs() + "E\n  )\n}\n",
		"yaml_deep":             "locals {\n  a = yamldecode(\"" + strings.Repeat("[", 100_000) + "\")\n}\n",
		"json_deep":             "locals {\n  a = jsondecode(\"" + strings.Repeat("[", 100_000) + "\")\n}\n",
		"regex":                 "locals {\n  a = regex(\"" + strings.Repeat("(a{1000}", 4) + strings.Repeat("){1000}", 4) + "\", \"a\")\n}\n",
		"for_each_of_many":      "zone \"x\" {\n  for_each = { for i in range(1000) : \"k${i}\" => i }\n}\nweight_shelf \"x\" {\n  for_each = { for p in setproduct(range(1000), range(1000)) : \"k${p[0]}-${p[1]}\" => 1 }\n}\n",
		"dynamic_of_many":       "weight_shelf \"x\" {\n  driver = acme.shelf\n  zone   = zone.drinks\n  dynamic \"bay\" {\n    for_each = setproduct(range(1000), range(1000))\n    labels   = [bay.key]\n    content {}\n  }\n}\n",
		"validation_of_nothing": "variable \"x\" {\n  default = 1\n" + strings.Repeat("  validation {}\n", 50_000) + "}\n",
	}
}
