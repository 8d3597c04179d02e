package supervisor

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/openaisle/aisle/sdk/host"
)

// The fields of go-plugin's handshake line: core protocol, contract, network,
// address, protocol, certificate (go-plugin docs/internals.md, 1.8.0).
const (
	coreProtocol    = "1"
	handshakeFields = 6
	// mostFields is with whether it multiplexes, which is not asked of it.
	mostFields = 7
)

var (
	errContract  = errors.New("speaks another contract")
	errHandshake = errors.New("no handshake line")
)

// checkHandshake looks at every field of the line before go-plugin acts on it:
// go-plugin dials whatever address it is given and stumbles over a missing
// certificate. Dir is the directory made for this process.
func checkHandshake(line, dir string) error {
	line = strings.TrimSuffix(line, "\r")
	if i := strings.IndexFunc(line, func(r rune) bool { return r == utf8.RuneError || !strconv.IsPrint(r) }); i >= 0 {
		return errHandshake
	}
	f := strings.Split(line, "|")
	if len(f) < handshakeFields || f[0] != coreProtocol {
		return errHandshake
	}
	contract, err := strconv.Atoi(f[1])
	if err != nil || strconv.Itoa(contract) != f[1] {
		return errHandshake
	}
	if contract != host.Contract {
		return fmt.Errorf("%w: it speaks contract version %d and this host version %d; build it with an SDK of version %d",
			errContract, contract, host.Contract, host.Contract)
	}
	switch {
	case len(f) > mostFields || len(f) == mostFields && f[6] != "true" && f[6] != "false":
		return fmt.Errorf("%w: it has more fields than one", errHandshake)
	case f[4] != "grpc":
		return fmt.Errorf("%w: it speaks %q and not grpc", errHandshake, escape(f[4], maxTailLine))
	case f[5] == "":
		return fmt.Errorf("%w: it names no certificate, so its connection would not be encrypted", errHandshake)
	}
	if err := checkAddress(f[2], f[3], dir); err != nil {
		return err
	}
	return checkCertificate(f[5])
}

// checkCertificate looks whether there is one: go-plugin takes what is short
// for something else, and then trusts whatever certificate the machine does.
func checkCertificate(text string) error {
	if len(text) > maxCertificate {
		return fmt.Errorf("%w: its certificate has %d bytes and %d are allowed", errHandshake, len(text), maxCertificate)
	}
	der, err := base64.RawStdEncoding.Strict().DecodeString(text)
	if err == nil {
		_, err = x509.ParseCertificate(der)
	}
	if err != nil {
		return fmt.Errorf("%w: what it announced as its certificate is none: %s", errHandshake, escape(err.Error(), maxTailLine))
	}
	return nil
}

// checkAddress accepts a Unix socket in dir and nothing else.
func checkAddress(network, address, dir string) error {
	rel, err := filepath.Rel(dir, address)
	if network != "unix" || err != nil || !filepath.IsAbs(address) || !filepath.IsLocal(rel) || rel == "." || filepath.Clean(address) != address {
		return fmt.Errorf("%w: it announced %s address %s, outside the directory made for it",
			errHandshake, escape(network, maxTailLine), escape(address, maxTailLine))
	}
	if err := checkSocket(dir, rel); err != nil {
		return fmt.Errorf("%w: %s, which it announced, %w", errHandshake, escape(address, maxTailLine), err)
	}
	return nil
}

var (
	errNoSocket  = errors.New("is a link or another thing and no socket")
	errNotItsOwn = errors.New("is a socket of somebody else")
)

// checkSocket looks whether there is a socket that was made there: not by way of
// a link, and not a second name of another's. One that can't be seen from here
// is for the dial to find, or not.
func checkSocket(dir, rel string) error {
	home, err := os.Stat(dir)
	if err != nil {
		return nil
	}
	path := dir
	parts := strings.Split(rel, string(filepath.Separator))
	for n, part := range parts {
		path = filepath.Join(path, part)
		i, err := os.Lstat(path)
		if err != nil {
			return nil
		}
		want := os.ModeDir
		if n == len(parts)-1 {
			want = os.ModeSocket
		}
		if i.Mode().Type() != want {
			return errNoSocket
		}
		if want == os.ModeSocket && !itsOwn(i, home) {
			return errNotItsOwn
		}
	}
	return nil
}

// itsOwn reports whether a socket has one name, and the owner that the
// instance's directory has, or the host's.
func itsOwn(socket, home os.FileInfo) bool {
	s, ok := socket.Sys().(*syscall.Stat_t)
	h, ok2 := home.Sys().(*syscall.Stat_t)
	return ok && ok2 && s.Nlink == 1 && (s.Uid == h.Uid || int(s.Uid) == os.Geteuid())
}

// firstLine reads the first line of r, at most maxHandshake bytes of it. It
// returns what it read, with or without an end of line, and what came after it
// in the same read.
func firstLine(r io.Reader) (line, rest []byte, err error) {
	buf := make([]byte, 0, maxHandshake)
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if line, rest, ok := bytes.Cut(buf, []byte{'\n'}); ok {
			return line, rest, nil
		}
		switch {
		case len(buf) == cap(buf):
			return buf, nil, fmt.Errorf("%w: its first line is over %d bytes", errHandshake, maxHandshake)
		case err != nil:
			return buf, nil, err
		}
	}
}
