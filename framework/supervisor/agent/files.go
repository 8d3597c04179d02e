package agent

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Issued is a certificate that an authority signed.
type Issued struct {
	Serial string
	Role   Role
	Name   string
	Until  time.Time
	// Revoked says that the host refuses it.
	Revoked bool
}

// Renewal says how to get the holder a new one.
func (i Issued) Renewal() string { return renewal(i.Role, i.Name) }

// note appends to the list of what was issued.
func (ca *CA) note(i Issued) error {
	return appendLine(filepath.Join(ca.dir, fileIssued), fmt.Sprintf("%s %s %s %s", i.Serial, i.Role, i.Name, i.Until.UTC().Format(time.RFC3339)))
}

// Issued lists what the authority signed, the oldest first.
func (ca *CA) Issued() ([]Issued, error) {
	lines, err := readLines(filepath.Join(ca.dir, fileIssued))
	if err != nil {
		return nil, err
	}
	var all []Issued
	for _, l := range lines {
		f := strings.Fields(l)
		if len(f) != 4 {
			return nil, fmt.Errorf("%s: a line is not \"serial role name until\": %q", filepath.Join(ca.dir, fileIssued), l)
		}
		until, err := time.Parse(time.RFC3339, f[3])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(ca.dir, fileIssued), err)
		}
		all = append(all, Issued{Serial: f[0], Role: Role(f[1]), Name: f[2], Until: until})
	}
	list, err := readLines(filepath.Join(ca.dir, fileRevoked))
	if err != nil {
		return nil, err
	}
	for _, l := range list {
		for i := range all {
			all[i].Revoked = all[i].Revoked || strings.EqualFold(strings.Fields(l)[0], all[i].Serial)
		}
	}
	return all, nil
}

// Revoke puts every certificate of an agent on the list of those that the host
// no longer accepts, and gives how many there were.
func (ca *CA) Revoke(name string) (int, error) {
	all, err := ca.Issued()
	if err != nil {
		return 0, err
	}
	n := 0
	for _, i := range all {
		if i.Role != RoleAgent || i.Name != name {
			continue
		}
		if err := appendLine(filepath.Join(ca.dir, fileRevoked), i.Serial+" "+i.Name); err != nil {
			return n, err
		}
		n++
	}
	if n == 0 {
		return 0, fmt.Errorf("the authority in %s has signed nothing for an agent %q", ca.dir, name)
	}
	return n, nil
}

// revoked reports whether a folder's list has a serial number. A list that
// can't be read revokes all.
func revoked(dir, serial string) error {
	lines, err := readLines(filepath.Join(dir, fileRevoked))
	if err != nil {
		return fmt.Errorf("read the list of revoked certificates: %w", err)
	}
	for _, l := range lines {
		if f := strings.Fields(l); len(f) > 0 && strings.EqualFold(f[0], serial) {
			return fmt.Errorf("its certificate %s is revoked", serial)
		}
	}
	return nil
}

func readLines(path string) ([]string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var lines []string
	for l := range strings.Lines(string(b)) {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			lines = append(lines, l)
		}
	}
	return lines, nil
}

func appendLine(path, line string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Sync(), f.Close())
}

const (
	pemCert = "CERTIFICATE"
	pemKey  = "PRIVATE KEY"
	pemCSR  = "CERTIFICATE REQUEST"
)

func writeCert(path string, der []byte) error {
	return replace(path, pem.EncodeToMemory(&pem.Block{Type: pemCert, Bytes: der}), 0o644)
}

func writeKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return replace(path, pem.EncodeToMemory(&pem.Block{Type: pemKey, Bytes: der}), 0o600)
}

// replace writes a file whole or not at all.
func replace(path string, b []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error counts
	}
	return err
}

func readPEM(path, kind string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != kind {
		return nil, fmt.Errorf("%s holds no PEM block of type %s", path, kind)
	}
	return block.Bytes, nil
}

func readCert(path string) (*x509.Certificate, error) {
	der, err := readPEM(path, pemCert)
	if err != nil {
		return nil, err
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// readKey reads a private key, and refuses one that others may read.
func readKey(path string) (crypto.Signer, error) {
	i, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if i.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s may be read by others (mode %04o): run \"chmod 600 %s\"; if others had access, make a new one", path, i.Mode().Perm(), path)
	}
	der, err := readPEM(path, pemKey)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	s, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%s holds a key that can't sign", path)
	}
	return s, nil
}
