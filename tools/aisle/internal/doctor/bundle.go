package doctor

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// lastLog is how much of the end of a log goes into a bundle, in bytes.
const lastLog = 1 << 20

// Bundle are the files of a bundle for a vendor: each value is written as JSON
// under its name. Logs are the names of the log files in the data folder whose
// ends go with them.
type Bundle struct {
	At    time.Time
	Files map[string]any
	// Order are the names of Files as they are written.
	Order []string
	Data  string
	Logs  []string
}

// Write writes the bundle as tar.gz. Nothing of it holds a secret that the host
// knows of: its log and its state are without them, and the definition never
// has a device's config. What looks like a payment token is taken out too.
func (b *Bundle) Write(w io.Writer) error {
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	for _, name := range b.Order {
		text, err := json.MarshalIndent(b.Files[name], "", "  ")
		if err != nil {
			return err
		}
		if err := b.add(t, name, append(text, '\n')); err != nil {
			return err
		}
	}
	for _, name := range b.Logs {
		text, err := end(filepath.Join(b.Data, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := b.add(t, name, text); err != nil {
			return err
		}
	}
	return errors.Join(t.Close(), z.Close())
}

func (b *Bundle) add(t *tar.Writer, name string, text []byte) error {
	text = Redact(text)
	h := &tar.Header{Name: "aisle-doctor/" + name, Mode: 0o600, Size: int64(len(text)), ModTime: b.At, Format: tar.FormatPAX}
	if err := t.WriteHeader(h); err != nil {
		return err
	}
	_, err := t.Write(text)
	return err
}

// shapes are texts that are secret whoever knows of them: keys of payment
// processors, bearer tokens, private keys, passwords in addresses.
var shapes = []*regexp.Regexp{
	regexp.MustCompile(`\b(sk|rk|whsec|pk)_(live|test)?_?[A-Za-z0-9]{8,}`),
	regexp.MustCompile(`(?i)bearer\s+[A-Za-z0-9._~+/=-]{8,}`),
	regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----`),
	regexp.MustCompile(`\b[a-z][a-z0-9+.-]*://[^/\s:@"]+:[^@\s"]+@`),
	regexp.MustCompile(`\btok-[A-Za-z0-9-]+`),
}

// Redacted stands for what is taken out.
const Redacted = "[redacted]"

// Redact takes out of a text what looks like a secret.
func Redact(text []byte) []byte {
	for _, s := range shapes {
		text = s.ReplaceAll(text, []byte(Redacted))
	}
	return text
}

// end reads the end of a file, from the beginning of a line.
func end(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if skip := info.Size() - lastLog; skip > 0 {
		if _, err := f.Seek(skip, io.SeekStart); err != nil {
			return nil, err
		}
		b, err := io.ReadAll(io.LimitReader(f, lastLog))
		for i, c := range b {
			if c == '\n' {
				return b[i+1:], err
			}
		}
		return b, err
	}
	return io.ReadAll(io.LimitReader(f, lastLog))
}
