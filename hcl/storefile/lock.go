package storefile

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// LockFile is the name of a store's lock, beside its files.
const LockFile = "store" + LockExtension

// The limits of a lock.
const (
	// MaxLockBytes is the most bytes of a lock.
	MaxLockBytes = 1 << 20
	// MaxLocked is the most plugins of a lock.
	MaxLocked = 1000
	// maxVersion is the longest version, in bytes.
	maxVersion = 256
)

// Lock holds what the plugins of a store must be: the same on every machine that
// runs it. One command writes it, aisle plugin lock.
type Lock struct {
	// Plugins are in order of name.
	Plugins []LockedPlugin
}

// LockedPlugin is one plugin of a lock.
type LockedPlugin struct {
	// Name is the label of the plugin's block.
	Name string
	// Version is exact; empty where the plugin says none.
	Version string
	// Schema is the digest of what the plugin says of itself.
	Schema string
	// Package is the digest of the package that it comes from; empty where its
	// source is a folder or a file.
	Package string
	// Checksums are the digests of its programs by platform, such as
	// "linux/amd64". There are none where its source is a Go package, which each
	// machine builds itself.
	Checksums map[string]string
	// Place is that of the block's header.
	Place Place
}

// Plugin gives the entry of a name.
func (l Lock) Plugin(name string) (LockedPlugin, bool) {
	i, ok := slices.BinarySearchFunc(l.Plugins, name, func(p LockedPlugin, n string) int { return cmp.Compare(p.Name, n) })
	if !ok {
		return LockedPlugin{}, false
	}
	return l.Plugins[i], true
}

// The forms of what a lock holds.
var (
	digestForm   = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	platformForm = regexp.MustCompile(`^[a-z0-9]{1,32}/[a-z0-9]{1,32}$`)
)

// ReadLock reads the lock of the store in a folder. Without one, found is false
// and there are no problems.
func ReadLock(dir string) (lock Lock, problems Problems, found bool) {
	f, err := os.Open(filepath.Join(dir, LockFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Lock{}, nil, false
	}
	var src []byte
	if err == nil {
		defer func() { _ = f.Close() }()
		src, err = readLimited(f, MaxLockBytes)
	}
	if err != nil {
		return Lock{}, Problems{{Severity: Error, Code: "lock", Summary: "The lock can't be read", Detail: fmt.Sprintf("%s: %v.", LockFile, err)}}, true
	}
	lock, problems = ParseLock(LockFile, src)
	return lock, problems, true
}

// ParseLock reads a lock, which problems call by the name given. Where there are
// problems it holds the entries that could be understood.
func ParseLock(name string, src []byte) (Lock, Problems) {
	s := parse(name, src)
	p := lockParser{s: s}
	for _, d := range s.diags {
		rng := hcl.Range{}
		if d.Subject != nil {
			rng = *d.Subject
		}
		p.fail(rng, "%s: %s", d.Summary, d.Detail)
	}
	for _, name := range slices.Sorted(maps.Keys(s.body.Attributes)) {
		p.fail(s.body.Attributes[name].NameRange, "A lock holds plugin blocks alone.")
	}
	if len(s.body.Blocks) > MaxLocked {
		p.fail(s.body.Blocks[MaxLocked].TypeRange, "A lock holds at most %d plugins.", MaxLocked)
		s.body.Blocks = s.body.Blocks[:MaxLocked]
	}
	var l Lock
	for _, b := range s.body.Blocks {
		if entry, ok := p.plugin(b); ok {
			l.Plugins = append(l.Plugins, entry)
		}
	}
	slices.SortStableFunc(l.Plugins, func(a, b LockedPlugin) int { return cmp.Compare(a.Name, b.Name) })
	l.Plugins = slices.CompactFunc(l.Plugins, func(a, b LockedPlugin) bool { return a.Name == b.Name })
	return l, p.problems.sorted()
}

// lockParser is the work of one ParseLock.
type lockParser struct {
	s        *source
	seen     []string
	problems Problems
}

func (p *lockParser) fail(rng hcl.Range, detail string, args ...any) {
	p.problems = append(p.problems, Problem{
		Severity: Error, Code: "lock", Summary: "The lock is not as it was written",
		Detail: fmt.Sprintf(detail, args...) + "\nNobody edits a lock. Bring it back from version control, or write it anew with: aisle plugin lock DIR",
		Place:  p.s.place(rng),
	})
}

func (p *lockParser) plugin(b *hclsyntax.Block) (LockedPlugin, bool) {
	if b.Type != blockPlugin || len(b.Labels) != 1 || !nameForm.MatchString(b.Labels[0]) {
		p.fail(b.DefRange(), "Each block of a lock is plugin \"NAME\".")
		return LockedPlugin{}, false
	}
	e := LockedPlugin{Name: b.Labels[0], Place: p.s.place(b.DefRange())}
	if slices.Contains(p.seen, e.Name) {
		p.fail(b.DefRange(), "Plugin %q stands here twice.", e.Name)
		return LockedPlugin{}, false
	}
	p.seen = append(p.seen, e.Name)
	before := len(p.problems)
	for _, inner := range b.Body.Blocks {
		p.fail(inner.DefRange(), "A plugin of a lock has no blocks.")
	}
	for _, name := range slices.Sorted(maps.Keys(b.Body.Attributes)) {
		switch a := b.Body.Attributes[name]; name {
		case "version":
			e.Version = p.text(a)
		case "schema":
			e.Schema = p.digest(a)
		case "package":
			e.Package = p.digest(a)
		case "checksums":
			e.Checksums = p.checksums(a)
		default:
			p.fail(a.NameRange, "A lock has no %q.", name)
		}
	}
	if e.Schema == "" && len(p.problems) == before {
		p.fail(b.DefRange(), "Plugin %q has no schema.", e.Name)
	}
	return e, len(p.problems) == before
}

func (p *lockParser) text(a *hclsyntax.Attribute) string {
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() || v.IsNull() || !v.IsWhollyKnown() || v.Type() != cty.String {
		p.fail(a.Expr.Range(), "%q is text.", a.Name)
		return ""
	}
	if s := v.AsString(); s != "" && len(s) <= maxVersion {
		return s
	}
	p.fail(a.Expr.Range(), "%q has between 1 and %d bytes.", a.Name, maxVersion)
	return ""
}

func (p *lockParser) digest(a *hclsyntax.Attribute) string {
	s := p.text(a)
	if s != "" && !digestForm.MatchString(s) {
		p.fail(a.Expr.Range(), "A digest is \"sha256:\" and 64 hexadecimal digits.")
	}
	return s
}

func (p *lockParser) checksums(a *hclsyntax.Attribute) map[string]string {
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() || v.IsNull() || !v.IsWhollyKnown() || !v.Type().IsObjectType() {
		p.fail(a.Expr.Range(), "\"checksums\" is a digest for each platform, in braces.")
		return nil
	}
	out := map[string]string{}
	for platform, d := range v.AsValueMap() {
		if !platformForm.MatchString(platform) || d.IsNull() || d.Type() != cty.String || !digestForm.MatchString(d.AsString()) {
			p.fail(a.Expr.Range(), "A checksum is \"linux/amd64\" = \"sha256:\" and 64 hexadecimal digits.")
			return nil
		}
		out[platform] = d.AsString()
	}
	return out
}

// lockHead stands above a lock.
const lockHead = "# Written by aisle plugin lock, and by nobody else. Commit it with .aisle/schemas.\n"

// Format writes a lock as ParseLock reads it: sorted and laid out, so that equal
// locks are equal bytes.
func (l Lock) Format() []byte {
	f := hclwrite.NewEmptyFile()
	for _, p := range slices.SortedFunc(slices.Values(l.Plugins), func(a, b LockedPlugin) int { return cmp.Compare(a.Name, b.Name) }) {
		f.Body().AppendNewline()
		b := f.Body().AppendNewBlock(blockPlugin, []string{p.Name}).Body()
		for _, a := range [][2]string{{"version", p.Version}, {"schema", p.Schema}, {"package", p.Package}} {
			if a[1] != "" {
				b.SetAttributeValue(a[0], cty.StringVal(a[1]))
			}
		}
		if len(p.Checksums) > 0 {
			sums := map[string]cty.Value{}
			for platform, d := range p.Checksums {
				sums[platform] = cty.StringVal(d)
			}
			b.SetAttributeValue("checksums", cty.MapVal(sums))
		}
	}
	return hclwrite.Format(append([]byte(lockHead), f.Bytes()...))
}
