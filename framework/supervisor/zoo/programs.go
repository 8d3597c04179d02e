package zoo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/build"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
)

// Programs are where the animals live.
type Programs struct {
	// Go is the program of ./animal.
	Go string
	// Python is the interpreter, empty where there is none that will do.
	Python string
	// Why says why there is none.
	Why string
	// scripts is the folder ./python.
	scripts string
}

// Find builds the animals of ./animal from the source of this module, and looks
// for an interpreter for the others.
func Find(ctx context.Context, b *build.Builder) (Programs, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return Programs{}, errors.New("the zoo's source is not known to this program")
	}
	dir := filepath.Dir(file)
	if _, err := os.Stat(dir); err != nil {
		return Programs{}, fmt.Errorf("the zoo is built from the module's source: %w", err)
	}
	path, err := b.Binary(ctx, dir, "plugin", "zoo", "./animal")
	if err != nil {
		return Programs{}, err
	}
	p := Programs{Go: path, Python: python, scripts: filepath.Join(dir, "python")}
	if out, err := exec.CommandContext(ctx, python, "-c", "import grpc, google.protobuf, cryptography").CombinedOutput(); err != nil {
		p.Python, p.Why = "", fmt.Sprintf("no %s with grpc, protobuf and cryptography (Debian: python3-grpcio python3-protobuf python3-cryptography): %v %s", python, err, out)
	}
	return p, nil
}

// python is the interpreter that Debian's packages are for.
const python = "/usr/bin/python3"

// Spec is the plugin of an animal under a name. Token is a word that it and all
// its children have among their arguments.
func (p Programs) Spec(a Animal, name, token string, args ...string) supervisor.Spec {
	args = append([]string{a.Name, token}, args...)
	if a.Python {
		return supervisor.Spec{Name: name, Path: p.Python, Args: append([]string{"-I", "-B", filepath.Join(p.scripts, "zoo.py")}, args...),
			Grants: sandbox.Grants{Read: slices.Concat([]string{p.scripts}, files(args))}}
	}
	return supervisor.Spec{Name: name, Path: p.Go, Args: args}
}

// files are those arguments that name one.
func files(args []string) (found []string) {
	for _, a := range args {
		if filepath.IsAbs(a) {
			found = append(found, a)
		}
	}
	return found
}

// Known are programs that another process has found.
func Known(goProgram, interpreter string) Programs {
	_, file, _, _ := runtime.Caller(0)
	return Programs{Go: goProgram, Python: interpreter, scripts: filepath.Join(filepath.Dir(file), "python")}
}
