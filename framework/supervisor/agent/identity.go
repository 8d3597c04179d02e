package agent

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Identity is who a machine is: its certificate and key, and the authority it
// believes.
type Identity struct {
	Role Role
	Name string
	// Until is when the certificate ends.
	Until time.Time

	dir  string
	cert tls.Certificate
	ca   *x509.CertPool
	now  func() time.Time
}

// Load reads the identity of a role from a folder.
func Load(dir string, r Role) (*Identity, error) {
	ca, err := readCert(filepath.Join(dir, fileCA))
	if err != nil {
		return nil, missing(r, dir, err)
	}
	leaf, err := readCert(filepath.Join(dir, r.cert()))
	if err != nil {
		return nil, missing(r, dir, err)
	}
	key, err := readKey(filepath.Join(dir, r.key()))
	if err != nil {
		return nil, missing(r, dir, err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	name, err := holder(leaf, r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, r.cert()), err)
	}
	id := &Identity{Role: r, Name: name, Until: leaf.NotAfter, dir: dir, ca: pool, now: time.Now,
		cert: tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}}
	pub, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(pub, leaf.RawSubjectPublicKeyInfo) {
		return nil, fmt.Errorf("%s: %s is not the key of %s: %s", dir, r.key(), r.cert(), renewal(r, name))
	}
	return id, nil
}

func missing(r Role, dir string, err error) error {
	return fmt.Errorf("%w: %s", err, renewal(r, filepath.Base(dir)))
}

// renewal says how to get a new certificate.
func renewal(r Role, name string) string {
	if r == RoleHost {
		return "run \"aisle agent init\" on the store's machine"
	}
	return fmt.Sprintf("run \"aisle agent enroll %s\" on the store's machine and the command that it prints on this one", name)
}

// Expiry says when the certificate ends and how to renew it, once that is due.
func (id *Identity) Expiry() (string, bool) {
	left := id.Until.Sub(id.now())
	day := id.Until.Format(time.DateOnly)
	switch {
	case left <= 0:
		return fmt.Sprintf("the certificate of %s %s expired on %s: %s", id.Role, id.Name, day, renewal(id.Role, id.Name)), true
	case left <= RenewWithin:
		return fmt.Sprintf("the certificate of %s %s expires on %s: %s", id.Role, id.Name, day, renewal(id.Role, id.Name)), true
	default:
		return "", false
	}
}

// server is the TLS of an agent, which lets hosts of its store in.
func (id *Identity) server() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{id.cert}, Time: id.now,
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: id.ca,
		// Each connection shows its certificate again, so that a revoked one is
		// refused at once.
		SessionTicketsDisabled: true,
		VerifyConnection:       func(s tls.ConnectionState) error { return id.accept(s, RoleHost, "") },
	}
}

// client is the TLS of a host for the agent of a name.
func (id *Identity) client(agent string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{id.cert}, Time: id.now,
		RootCAs: id.ca, ServerName: RoleAgent.serverName(agent),
		VerifyConnection: func(s tls.ConnectionState) error { return id.accept(s, RoleAgent, agent) },
	}
}

// accept checks, beside what TLS does, that the other end has a role and, where
// one is given, a name, and that its certificate is not revoked.
func (id *Identity) accept(s tls.ConnectionState, r Role, name string) error {
	if len(s.PeerCertificates) == 0 {
		return errors.New("the other end shows no certificate")
	}
	leaf := s.PeerCertificates[0]
	got, err := holder(leaf, r)
	if err != nil {
		return err
	}
	if name != "" && got != name {
		return fmt.Errorf("the certificate is that of %s %q and not of %q", r, got, name)
	}
	return revoked(id.dir, serialText(leaf.SerialNumber))
}

// holder gives the name in a certificate of a role.
func holder(c *x509.Certificate, r Role) (string, error) {
	if len(c.URIs) == 1 && c.URIs[0].Scheme == "aisle" {
		if role, name, ok := strings.Cut(c.URIs[0].Opaque, ":"); ok && Role(role) == r && checkName(name) == nil {
			return name, nil
		}
	}
	return "", fmt.Errorf("the certificate of %q is not one of a store's %s", c.Subject.CommonName, r)
}
