// Package image makes and finds what a machine boots: a kernel of Debian's, the
// modules that stand in for hardware, and the first process. What it is made of
// is its name, so a change makes a new one.
package image

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/tools/hil/internal/cpio"
	"github.com/openaisle/aisle/tools/hil/internal/guest"
	"github.com/openaisle/aisle/tools/hil/internal/image/debian"
)

// DirEnv names the folder of images; without it they are in the user's cache.
const DirEnv = "AISLE_HIL"

// ErrPackage is that a package of Debian can't be had, and so no image.
var ErrPackage = debian.ErrPackage

// QEMU is the machine's program.
const QEMU = "qemu-system-x86_64"

//go:embed image.go debian/*.go init/*.go
var recipe embed.FS

// modules are in each image, with those that they need: simulated GPIO lines, an I2C
// adapter played over uhid and a driver to hold our model against, character devices
// played by a program, serial lines by USB, input devices.
var modules = []string{
	"configfs", "gpio-sim",
	"uhid", "hid-generic", "hid-cp2112", "i2c-dev", "nau7802",
	"cuse",
	"dummy_hcd", "g_serial", "libcomposite", "usb_f_acm", "cdc-acm",
	"uinput", "evdev",
}

// Image is one that is ready.
type Image struct {
	Kernel string // an ELF file
	Base   string // the root folder that all runs share, a cpio archive
}

// Dir is the folder of images.
func Dir() (string, error) {
	if d := os.Getenv(DirEnv); d != "" {
		return filepath.Abs(d)
	}
	d, err := os.UserCacheDir()
	return filepath.Join(d, "aisle-hil"), err
}

func name() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(recipe, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := recipe.ReadFile(path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(b), b)
		return err
	})
	return "image-" + hex.EncodeToString(sum.Sum(nil))[:12], err
}

func at() (Image, string, error) {
	dir, err := Dir()
	if err != nil {
		return Image{}, "", err
	}
	n, err := name()
	folder := filepath.Join(dir, n)
	return Image{Kernel: filepath.Join(folder, "vmlinux"), Base: filepath.Join(folder, "base.cpio")}, folder, err
}

// Find gives the image, or an error that says what is missing and how it is made.
func Find() (Image, error) {
	if _, err := exec.LookPath(QEMU); err != nil {
		return Image{}, errors.New(QEMU + " is missing: apt-get install qemu-system-x86")
	}
	i, folder, err := at()
	if err != nil {
		return Image{}, err
	}
	if _, err := os.Stat(i.Base); err != nil {
		return Image{}, fmt.Errorf("no image of a machine at %s: go run ./tools/hil/cmd/hil prepare", folder)
	}
	return i, nil
}

// Prepare makes the image where it is missing, telling log what it does, and gives
// its folder. It downloads packages, and runs in the tree of this module.
func Prepare(ctx context.Context, log io.Writer) (string, error) {
	i, folder, err := at()
	if err != nil {
		return "", err
	}
	var missing []string
	for tool, pkg := range debian.Tools {
		if _, err := exec.LookPath(tool); err != nil {
			missing = append(missing, pkg)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return "", fmt.Errorf("%w, for its command is missing: apt-get install %s", ErrPackage, strings.Join(slices.Compact(missing), " "))
	}
	debs := filepath.Join(filepath.Dir(folder), "debs")
	if err := os.MkdirAll(debs, 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(debs, "lock")) // the next one finds it made
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(i.Base); err == nil {
		return folder, nil
	}
	work, err := os.MkdirTemp(filepath.Dir(folder), "new.")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	if err := build(ctx, &debian.Store{Dir: debs, Log: log}, work); err != nil {
		return "", err
	}
	_ = os.RemoveAll(folder)
	return folder, os.Rename(filepath.Join(work, "image"), folder)
}

func lock(name string) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil
}

func build(ctx context.Context, s *debian.Store, work string) error {
	release, err := s.Kernel(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Log, "making an image of", release)
	tree := filepath.Join(work, "tree")
	if err := s.Image(ctx, release, tree); err != nil {
		return err
	}
	if err := s.Simulator(ctx, release, filepath.Join(tree, "lib/modules/extra")); err != nil {
		return err
	}
	first := filepath.Join(work, "init")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", first, "github.com/openaisle/aisle/tools/hil/internal/image/init")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the first process: %w: %s", err, out)
	}
	image := filepath.Join(work, "image")
	if err := os.Mkdir(image, 0o755); err != nil {
		return err
	}
	if err := base(tree, first, filepath.Join(image, "base.cpio")); err != nil {
		return err
	}
	return os.Rename(filepath.Join(tree, "vmlinux"), filepath.Join(image, "vmlinux"))
}

// base writes the root folder.
func base(tree, first, to string) error {
	files, needs, err := debian.Modules(filepath.Join(tree, "lib/modules"), modules)
	if err != nil {
		return err
	}
	index, err := json.Marshal(needs)
	if err != nil {
		return err
	}
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	defer f.Close()
	w := cpio.NewWriter(f)
	for _, d := range []string{"dev", "proc", "sys", "tmp", "etc"} {
		w.Folder(d)
	}
	w.File("etc/hosts", false, []byte("127.0.0.1 localhost\n"))
	w.File("etc/passwd", false, []byte("root:x:0:0:root:/tmp:/bin/false\n"))
	w.File(guest.ModulesPath, false, index)
	for name, from := range files {
		b, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		w.File(guest.ModulesDir+"/"+name+".ko", false, b)
	}
	b, err := os.ReadFile(first)
	if err != nil {
		return err
	}
	w.File("init", true, b)
	if err := w.Close(); err != nil {
		return err
	}
	return f.Close()
}
