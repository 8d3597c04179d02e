package storefile

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/openaisle/aisle/hcl/configspec"
)

var secretForm = regexp.MustCompile(`^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$`)

// secretFunc refers to a secret. Its value is known only where the caller
// resolves secrets, and carries a mark that keeps it out of everything but a
// plugin's sensitive attributes.
func (l *loader) secretFunc() function.Function {
	return function.New(&function.Spec{
		Description: `refers to a secret by where it is kept: "env:NAME" or "file:PATH"`,
		Params:      []function.Parameter{{Name: "reference", Type: cty.String}},
		Type:        function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			ref := args[0].AsString()
			if !secretForm.MatchString(ref) {
				return cty.NilVal, fmt.Errorf(`needs "env:NAME" or "file:PATH", the place of the secret and not the secret`)
			}
			if l.opts.Secrets == nil {
				return configspec.MarkSecret(cty.UnknownVal(cty.String)), nil
			}
			value, err := l.opts.Secrets(ref)
			if err != nil {
				return cty.NilVal, fmt.Errorf("secret %s can't be had: %w", ref, err)
			}
			return configspec.MarkSecret(cty.StringVal(value)), nil
		},
	})
}

// maxSecretBytes is the most bytes of a secret's file.
const maxSecretBytes = 64 << 10

// Secrets gives the function for Options.Secrets that reads env: from the
// environment and file: from a file, relative to dir, without the line end. It
// never puts a value into an error.
func Secrets(dir string) func(ref string) (string, error) {
	return func(ref string) (string, error) {
		if name, ok := strings.CutPrefix(ref, "env:"); ok {
			value, ok := os.LookupEnv(name)
			if !ok || value == "" {
				return "", fmt.Errorf("environment variable %s is not set", name)
			}
			return value, nil
		}
		path, ok := strings.CutPrefix(ref, "file:")
		if !ok {
			return "", fmt.Errorf("a secret is env:NAME or file:PATH")
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		f, err := os.Open(path)
		if err != nil {
			return "", fmt.Errorf("read its file: %w", err)
		}
		defer func() { _ = f.Close() }()
		value, err := readLimited(f, maxSecretBytes)
		if err != nil {
			return "", fmt.Errorf("its file %s %w", path, err)
		}
		text := strings.TrimRight(string(value), "\r\n")
		if text == "" {
			return "", fmt.Errorf("its file %s is empty", path)
		}
		return text, nil
	}
}
