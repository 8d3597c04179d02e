package supervisor

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"unicode"
)

// FuzzHandshake: whatever line is accepted says what the host then acts on, and
// nothing else.
func FuzzHandshake(f *testing.F) {
	for _, line := range []string{
		"1|1|unix|/run/p/s|grpc|" + anyCertificate, "1|1|unix|/run/p/s|grpc|" + anyCertificate + "|true\r",
		"1|1|unix|/run/p/../q/s|grpc|" + anyCertificate, "1|1|tcp|/run/p/s|grpc|" + anyCertificate,
		"1|+1|unix|/run/p/s|grpc|", "1|1|unix|/run/p/\x00|grpc|" + anyCertificate, "|||||||", "",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		err := checkHandshake(line, "/run/p")
		if err != nil {
			if !errors.Is(err, errHandshake) && !errors.Is(err, errContract) {
				t.Errorf("%q: %v", line, err)
			}
			if strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("%q: the error is not escaped: %q", line, err)
			}
			return
		}
		parts := strings.Split(strings.TrimSuffix(line, "\r"), "|")
		if len(parts) != 6 && len(parts) != 7 || parts[0] != "1" || parts[1] != "1" || parts[2] != "unix" || parts[4] != "grpc" {
			t.Errorf("accepted %q", line)
		}
		if !strings.HasPrefix(parts[3], "/run/p/") || filepath.Clean(parts[3]) != parts[3] || strings.ContainsFunc(line[:len(line)-1], unicode.IsControl) {
			t.Errorf("accepted the address %q", parts[3])
		}
		der, err := base64.RawStdEncoding.DecodeString(parts[5])
		if err == nil {
			_, err = x509.ParseCertificate(der)
		}
		if err != nil || len(parts[5]) > maxCertificate {
			t.Errorf("accepted the certificate %q: %v", parts[5], err)
		}
	})
}

// FuzzFirstLine: however the bytes come, the line is what is before the first
// end of line, and bounded.
func FuzzFirstLine(f *testing.F) {
	f.Add([]byte("a\nb\nc"), true)
	f.Add(bytes.Repeat([]byte("x"), maxHandshake+1), false)
	f.Add([]byte{}, false)
	f.Fuzz(func(t *testing.T, in []byte, single bool) {
		var r io.Reader = bytes.NewReader(in)
		if single {
			r = iotest.OneByteReader(r)
		}
		line, rest, err := firstLine(r)
		if len(line) > maxHandshake || bytes.Contains(line, []byte{'\n'}) {
			t.Errorf("a line of %d bytes: %q", len(line), line)
		}
		whole, _, found := bytes.Cut(in, []byte{'\n'})
		fits := found && len(whole) < maxHandshake
		if (err == nil) != fits || fits && !bytes.Equal(line, whole) {
			t.Errorf("%q, %v of %q", line, err, in)
		}
		if read := append(append(line, '\n'), rest...); fits && !bytes.HasPrefix(in, read) {
			t.Errorf("%q is not how it begins", read)
		}
	})
}

// FuzzLine: whatever a plugin prints becomes one escaped line of bounded fields.
func FuzzLine(f *testing.F) {
	for _, s := range []string{`{"@level":"warn","@message":"x\ny","k\n":1}`, `{"msg":"a","level":"ERROR","time":{}}`, "panic: x", "\x1b[2J\xff\u202e", "{", "{}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := parseLine(b)
		said := []string{escape(s.message, maxText)}
		for _, a := range s.fields {
			said = append(said, a.Key, a.Value.String())
		}
		if len(s.fields) > maxFields {
			t.Errorf("%d fields", len(s.fields))
		}
		for _, text := range said {
			if len(text) > maxText+len("...")+len(`\U0010ffff`) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%q", text)
			}
		}
	})
}

func TestCheckSocket(t *testing.T) {
	root, err := os.MkdirTemp("", "hs")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(root)
	dir, other := filepath.Join(root, "p"), filepath.Join(root, "q")
	listen := func(path string) {
		t.Helper()
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
	}
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, "deep"), 0o700), os.Mkdir(other, 0o700)); err != nil {
		t.Fatal(err)
	}
	listen(filepath.Join(dir, "s"))
	listen(filepath.Join(dir, "deep", "s"))
	listen(filepath.Join(other, "s"))
	listen(filepath.Join(other, "stolen"))
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "file"), nil, 0o600),
		syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600),
		os.Symlink(filepath.Join(other, "s"), filepath.Join(dir, "link")),
		os.Symlink("s", filepath.Join(dir, "inward")),
		os.Symlink(other, filepath.Join(dir, "way")),
		os.Link(filepath.Join(other, "stolen"), filepath.Join(dir, "hard")),
	); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{
		"s": nil, "deep/s": nil, "not/there": nil, "file": errNoSocket, "pipe": errNoSocket, "deep": errNoSocket,
		"link": errNoSocket, "inward": errNoSocket, "way/s": errNoSocket, "s/s": errNoSocket, "hard": errNotItsOwn,
	} {
		if got := checkSocket(dir, name); !errors.Is(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root to give a socket away")
	}
	if err := os.Lchown(filepath.Join(dir, "s"), 12345, -1); err != nil {
		t.Fatal(err)
	}
	if err := checkSocket(dir, "s"); !errors.Is(err, errNotItsOwn) {
		t.Errorf("somebody else's: %v", err)
	}
	if err := os.Chown(dir, 12345, -1); err != nil {
		t.Fatal(err)
	}
	if err := checkSocket(dir, "s"); err != nil {
		t.Errorf("the plugin's user's: %v", err)
	}
}
