package storefile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// file reads in the store's folder and where a path variable of the command
// line says, and nowhere else, whatever links say.
func TestFileStaysInside(t *testing.T) {
	outside, given := t.TempDir(), t.TempDir()
	write(t, outside, "secret.txt", "outside")
	write(t, given, "given.txt", "given")
	tests := []struct {
		name, expr string
		vars       map[string]string
		want       string // the value, or a part of the problem behind "!"
	}{
		{"inside", `file("inside.txt")`, nil, "inside"},
		{"absolute", `file("${path.store}/inside.txt")`, nil, "inside"},
		{"link within", `file("within")`, nil, "inside"},
		{"through a folder and back", `file("sub/../inside.txt")`, nil, "inside"},
		{"parent", `file("../x")`, nil, "!outside the store's folder"},
		{"absolute outside", `file("` + outside + `/secret.txt")`, nil, "!outside the store's folder"},
		{"link outside", `file("out")`, nil, "!outside the store's folder"},
		{"linked folder", `file("outdir/secret.txt")`, nil, "!outside the store's folder"},
		{"broken link", `file("gone")`, nil, "!does not exist"},
		{"missing outside says nothing", `file("` + outside + `/none")`, nil, "!outside the store's folder"},
		{"a folder", `file("sub")`, nil, "!not a regular file"},
		{"not text", `file("binary")`, nil, "!not UTF-8"},
		{"given", `file("${var.data}/given.txt")`, map[string]string{"data": given}, "given"},
		{"given as default", `file("${var.fixed}/secret.txt")`, nil, "!outside the store's folder"},
		{"given but no path", `file("${var.word}/given.txt")`, map[string]string{"word": given}, "!outside the store's folder"},
		{"beside what is given", `file("${var.data}/../x")`, map[string]string{"data": given}, "!outside"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := store(t, map[string]string{
				"inside.txt": "inside", "binary": "\xff\xfe\x00",
				"x.hcl": `variable "data" {
  type = path
  default = ""
}
variable "fixed" {
  type = path
  default = "` + outside + `"
}
variable "word" {
  default = ""
}
receipt {
  rounding = ` + tt.expr + "\n}\n",
			})
			for link, to := range map[string]string{
				"within": "inside.txt", "out": filepath.Join(outside, "secret.txt"), "outdir": outside, "gone": "nowhere",
			} {
				if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
					t.Skip("no links here: ", err)
				}
			}
			if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
				t.Fatal(err)
			}
			_, ps := Load(dir, &Options{Vars: tt.vars})
			// The value shows in the problem, since no text is a rounding rule.
			want, text := strings.TrimPrefix(tt.want, "!"), ""
			if tt.want == want {
				want = `"` + want + `" is no rounding rule`
			}
			for _, p := range ps {
				text += p.String() + "\n"
			}
			if len(ps) != 1 || !strings.Contains(text, want) {
				t.Errorf("%d problems, want %q: %s", len(ps), want, text)
			}
		})
	}
}

func TestPathVariable(t *testing.T) {
	dir := store(t, map[string]string{"x.hcl": `variable "a" {
  type = path
}
variable "b" {
  type    = path
  default = "sub"
}
peer "p" {
  source = "./p"
  args   = [var.a, var.b]
}
`})
	work := t.TempDir()
	write(t, work, "given", "")
	d, ps := Load(dir, &Options{Vars: map[string]string{"a": "given"}, WorkDir: work})
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	want := []string{filepath.Join(work, "given"), filepath.Join(d.Dir, "sub")}
	if got := d.Store.Peers[0].Args; got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLimits(t *testing.T) {
	dir := t.TempDir()
	for i := range MaxFiles {
		write(t, dir, strings.Repeat("x", 1+i%50)+string(rune('a'+i/50))+".hcl", "")
	}
	if names, err := storeFiles(dir); err != nil || len(names) != MaxFiles {
		t.Errorf("%d files: %v", len(names), err)
	}
	write(t, dir, "one-more.hcl", "")
	if _, err := storeFiles(dir); err == nil {
		t.Error("one file too many was taken")
	}
	if _, err := readLimited(strings.NewReader("12345"), 5); err != nil {
		t.Error(err)
	}
	if _, err := readLimited(strings.NewReader("123456"), 5); err == nil {
		t.Error("one byte too many was taken")
	}
	for n, want := range map[int]bool{maxNesting - 1: false, maxNesting: true} { // the block's brace is one
		src := []byte("locals {\n a = " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n) + "\n}\n")
		if _, deep := tooDeep("x.hcl", src); deep != want {
			t.Errorf("%d brackets: too deep is %v", n, deep)
		}
	}
	for _, src := range []string{
		"a = " + strings.Repeat("!", 300) + "true", "a = " + strings.Repeat("- ", 300) + "1",
		"a = " + strings.Repeat("x ? y : ", 300) + "z", "a = " + strings.Repeat("[", 300),
		"a = <<E\n" + strings.Repeat("%{ if x }", maxControls+1) + "\nE\n", "a = \"" + strings.Repeat("${\"", 300),
	} {
		if _, deep := tooDeep("x.hcl", []byte(src)); !deep {
			t.Errorf("%.20s... was not too deep", src)
		}
	}
	shallow := strings.Repeat("product \"p\" {\n name = \"what? :( - [ { really - (yes)?\"\n}\n", 300)
	if rng, deep := tooDeep("x.hcl", []byte(shallow)); deep {
		t.Errorf("too deep at %v", rng)
	}
}

func TestForEachLimit(t *testing.T) {
	dir := store(t, map[string]string{"rows.csv": "id\n" + strings.Repeat("1\n", MaxInstances+1), "x.hcl": `planogram "p" {
  facing {
    for_each = range(101)
    at       = weight_shelf.cooler.bay[2]
    product  = product.cola
  }
  facing {
    for_each = csvdecode(file("rows.csv"))
    at       = weight_shelf.cooler.bay[2]
    product  = product.cola
  }
}
`})
	_, ps := Load(dir, nil)
	if !strings.Contains(ps.Err().Error(), "already") || !strings.Contains(ps[len(ps)-1].Detail, "100001; it may be at most 100000") {
		t.Errorf("%v", ps)
	}
}
