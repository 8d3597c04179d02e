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

	"github.com/openaisle/aisle/sdk/host"
)

// The fields of go-plugin's handshake line: core protocol, contract, network,
// address, protocol, certificate (go-plugin docs/internals.md, 1.8.0).
const (
	coreProtocol    = "1"
	handshakeFields = 6
)

var (
	errContract  = errors.New("speaks another contract")
	errHandshake = errors.New("no handshake line")
)

// checkHandshake looks at every field of the line before go-plugin acts on it:
// go-plugin dials whatever address it is given and stumbles over a missing
// certificate. Dir is the directory made for this process.
func checkHandshake(line, dir string) error {
	f := strings.Split(strings.TrimSpace(line), "|")
	if len(f) < handshakeFields || f[0] != coreProtocol {
		return errHandshake
	}
	contract, err := strconv.Atoi(f[1])
	if err != nil {
		return errHandshake
	}
	if contract != host.Contract {
		return fmt.Errorf("%w: it speaks contract version %d and this host version %d; build it with an SDK of version %d",
			errContract, contract, host.Contract, host.Contract)
	}
	switch {
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
	der, err := base64.RawStdEncoding.DecodeString(text)
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
	if network != "unix" || err != nil || !filepath.IsAbs(address) || !filepath.IsLocal(rel) {
		return fmt.Errorf("%w: it announced %s address %s, outside the directory made for it",
			errHandshake, escape(network, maxTailLine), escape(address, maxTailLine))
	}
	if i, err := os.Lstat(address); err == nil && i.Mode().Type() != os.ModeSocket {
		return fmt.Errorf("%w: %s, which it announced, is a link or another thing and no socket", errHandshake, escape(address, maxTailLine))
	}
	return nil
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
