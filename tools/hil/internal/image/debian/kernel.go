package debian

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Image unpacks the kernel of a release into dir: the ELF file that QEMU can start
// directly, as vmlinux, and all that it has of the modules' tree.
func (s *Store) Image(ctx context.Context, release, dir string) error {
	deb, err := s.Fetch(ctx, "linux-image-"+release)
	if err != nil {
		return err
	}
	// What no test of a device needs is most of it.
	without := []string{"/drivers/gpu/", "/drivers/net/", "/sound/", "/net/"}
	err = unpack(ctx, deb, dir, func(name string) bool {
		if slices.ContainsFunc(without, func(part string) bool { return strings.Contains(name, part) }) {
			return false
		}
		return name == "boot/vmlinuz-"+release || strings.HasSuffix(name, ".ko") && strings.HasPrefix(name, "lib/modules/")
	})
	if err != nil {
		return err
	}
	return vmlinux(ctx, filepath.Join(dir, "boot", "vmlinuz-"+release), filepath.Join(dir, "vmlinux"))
}

// vmlinux takes the ELF kernel out of a bzImage, so that the machine need not.
func vmlinux(ctx context.Context, from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	magic := []byte("\xfd7zXZ\x00")
	for at := bytes.Index(b, magic); at >= 0; {
		cmd := exec.CommandContext(ctx, "xz", "-dc", "--single-stream")
		cmd.Stdin = bytes.NewReader(b[at:])
		out, _ := cmd.Output() // what is behind the stream is no error
		if bytes.HasPrefix(out, []byte(elf.ELFMAG)) {
			return os.WriteFile(to, out, 0o644)
		}
		next := bytes.Index(b[at+1:], magic)
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return fmt.Errorf("%s holds no kernel that xz unpacks", filepath.Base(from))
}

// Modules finds the modules named, and those they need, below dir. It gives the file
// of each, and for each its needs, first to last, itself included. Names have
// underscores.
func Modules(dir string, names []string) (files map[string]string, needs map[string][]string, err error) {
	all := map[string]string{}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if name, ok := strings.CutSuffix(d.Name(), ".ko"); ok && err == nil {
			all[plain(name)] = path
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	files, needs = map[string]string{}, map[string][]string{}
	var visit func(name string) error
	visit = func(name string) error {
		if _, ok := needs[name]; ok {
			return nil
		}
		file, ok := all[name]
		if !ok {
			return fmt.Errorf("the kernel has no module %s", name)
		}
		direct, err := depends(file)
		if err != nil {
			return err
		}
		files[name] = file
		needs[name] = nil
		var order []string
		for _, d := range direct {
			if err := visit(d); err != nil {
				return fmt.Errorf("%s needs %w", name, err)
			}
			for _, n := range needs[d] {
				if !slices.Contains(order, n) {
					order = append(order, n)
				}
			}
		}
		needs[name] = append(order, name)
		return nil
	}
	for _, n := range names {
		if err := visit(plain(n)); err != nil {
			return nil, nil, err
		}
	}
	return files, needs, nil
}

func plain(name string) string { return strings.ReplaceAll(name, "-", "_") }

// depends reads what a module says that it needs.
func depends(file string) ([]string, error) {
	f, err := elf.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	defer f.Close()
	info := f.Section(".modinfo")
	if info == nil {
		return nil, errors.New(file + " is no module")
	}
	b, err := info.Data()
	if err != nil {
		return nil, err
	}
	for line := range strings.SplitSeq(string(b), "\x00") {
		if names, ok := strings.CutPrefix(line, "depends="); ok && names != "" {
			return strings.Split(plain(names), ","), nil
		}
	}
	return nil, nil
}
