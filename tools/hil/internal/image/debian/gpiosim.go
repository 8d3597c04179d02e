package debian

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// sources are the files of the kernel that make the GPIO simulator.
var sources = []string{"drivers/gpio/gpio-sim.c", "drivers/gpio/gpiolib.h", "kernel/irq/irq_sim.c"}

// Simulator compiles gpio-sim and irq_sim for a release and puts the modules into out.
func (s *Store) Simulator(ctx context.Context, release, out string) error {
	work, err := os.MkdirTemp(s.Dir, "build.")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := s.headers(ctx, release, work); err != nil {
		return err
	}
	m := filepath.Join(work, "m")
	if err := s.source(ctx, release, m); err != nil {
		return err
	}
	fmt.Fprintln(s.Log, "compiling gpio-sim and irq_sim")
	dir := filepath.Join(work, "usr/src/linux-headers-"+release)
	if _, err := command(ctx, dir, "make", "-C", dir, "M="+m, "CONFIG_DEBUG_INFO_BTF_MODULES=", "modules"); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, ko := range []string{"gpio-sim.ko", "irq_sim.ko"} {
		if _, err := command(ctx, m, "strip", "--strip-debug", "-o", filepath.Join(out, ko), ko); err != nil {
			return err
		}
	}
	return nil
}

// headers unpacks what a module is compiled against.
func (s *Store) headers(ctx context.Context, release, work string) error {
	name := "linux-headers-" + release
	needs, err := s.needs(ctx, name)
	if err != nil {
		return err
	}
	for _, n := range append(needs, name) {
		if !strings.HasPrefix(n, "linux-headers-") && !strings.HasPrefix(n, "linux-kbuild-") {
			continue // the compiler
		}
		deb, err := s.Fetch(ctx, n)
		if err != nil {
			return err
		}
		if err := unpack(ctx, deb, work, func(string) bool { return true }); err != nil {
			return err
		}
	}
	// They name each other by the place where they would be installed.
	makefile := filepath.Join(work, "usr/src", name, "Makefile")
	b, err := os.ReadFile(makefile)
	if err != nil {
		return err
	}
	b = bytes.ReplaceAll(b, []byte("/usr/src/linux-headers"), []byte(filepath.Join(work, "usr/src/linux-headers")))
	return os.WriteFile(makefile, b, 0o644)
}

// source takes the simulator's files out of Debian's source package.
func (s *Store) source(ctx context.Context, release, m string) error {
	parts := strings.SplitN(release, ".", 3)
	if len(parts) < 3 {
		return fmt.Errorf("%q is no release of a kernel", release)
	}
	name := "linux-source-" + parts[0] + "." + parts[1]
	deb, err := s.Fetch(ctx, name)
	if err != nil {
		return err
	}
	left := len(sources)
	take := func(h *tar.Header, r io.Reader) error {
		for _, f := range sources {
			if h.Name != name+"/"+f {
				continue
			}
			if err := write(filepath.Join(m, filepath.Base(f)), 0o644, r); err != nil {
				return err
			}
			if left--; left == 0 {
				return errEnough
			}
		}
		return nil
	}
	fmt.Fprintln(s.Log, "taking gpio-sim and irq_sim out of", name)
	err = walk(ctx, deb, func(h *tar.Header, r io.Reader) error {
		if !strings.HasSuffix(h.Name, ".tar.xz") {
			return nil
		}
		if err := piped(ctx, r, take, "xz", "-dc"); err != nil {
			return err
		}
		return errEnough
	})
	if err != nil {
		return err
	}
	if left > 0 {
		return fmt.Errorf("%s lacks %d of %v", name, left, sources)
	}
	return patched(m)
}

// patched makes a module of irq_sim, which Debian's kernels would have built in: the one
// helper that is not exported has a twin that is.
func patched(m string) error {
	file := filepath.Join(m, "irq_sim.c")
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	const helper = "handle_simple_irq(irq_to_desc("
	s := string(b)
	if at := strings.Index(s, helper); at >= 0 {
		line, rest, _ := strings.Cut(s[at:], "\n")
		s = s[:at] + "generic_handle_irq(" + strings.TrimSuffix(strings.TrimPrefix(line, helper), "));") + ");\n" + rest
	}
	s = "#include <linux/module.h>\n" + s + "\nMODULE_LICENSE(\"GPL\");\n"
	if err := os.WriteFile(file, []byte(s), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(m, "Kbuild"), []byte("obj-m += irq_sim.o gpio-sim.o\n"), 0o644)
}
