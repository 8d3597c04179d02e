// Command gen writes the messages, parameters and enumerations of LLRP from the LTK's definition files.
//
//	AISLE_DATA=... go run ./plugins/llrp/internal/codec/gen
//
// The definition files may not be copied into this repository: their prose is GS1's. So the generator reads them from AISLE_DATA, and takes
// names, numbers and layouts only. What it writes is committed, and its test says where the two have drifted apart.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// folder is where the codec is, from the repository's root.
const folder = "plugins/llrp/internal/codec"

func run() error {
	root := os.Getenv("AISLE_DATA")
	if root == "" {
		return errors.New("AISLE_DATA is not set: it names the folder that holds vectors/llrp/ltk/llrp-1x0-def.xml and llrp-1x1-def.xml")
	}
	files, err := generate(filepath.Join(root, "vectors", "llrp", "ltk"))
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(folder, f.name), f.text, 0o644); err != nil { //nolint:gosec // source is for all to read
			return err
		}
	}
	return nil
}

type file struct {
	name string
	text []byte
}

// generate gives the files that the definitions in a folder make.
func generate(ltk string) ([]file, error) {
	var both [2]*definitions
	for i, name := range []string{"llrp-1x0-def.xml", "llrp-1x1-def.xml"} {
		data, err := os.ReadFile(filepath.Join(ltk, name))
		if err != nil {
			return nil, err
		}
		if both[i], err = parse(data); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	d, err := merged(both[0], both[1])
	if err != nil {
		return nil, err
	}
	return write(d)
}
