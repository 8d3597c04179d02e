package agent

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// How long certificates are valid.
const (
	ValidCA   = 10 * 365 * 24 * time.Hour
	ValidLeaf = 365 * 24 * time.Hour
	// RenewWithin is how long before its end a certificate is told of.
	RenewWithin = 30 * 24 * time.Hour
	// backdate lets a machine whose clock is behind accept a new certificate.
	backdate = 5 * time.Minute
)

// Role is what a certificate is for. One that is for another is refused.
type Role string

// The roles.
const (
	// RoleHost is the machine that runs the store: a client of agents.
	RoleHost Role = "host"
	// RoleAgent runs plugins: a server.
	RoleAgent Role = "agent"
	// roleEnroll answers for the authority while a machine joins.
	roleEnroll Role = "enroll"
)

// The files of a folder with certificates. An authority's has all of them but
// agent's, a host's could do without ca.key, an agent's has ca.crt and its own.
const (
	fileCA      = "ca.crt"
	fileCAKey   = "ca.key"
	fileIssued  = "issued"
	fileRevoked = "revoked"
)

func (r Role) cert() string { return string(r) + ".crt" }
func (r Role) key() string  { return string(r) + ".key" }

// uri is what a certificate of a role says of its holder.
func (r Role) uri(name string) *url.URL {
	return &url.URL{Scheme: "aisle", Opaque: string(r) + ":" + name}
}

// serverName is the name by which a server's certificate is checked. It is no
// address: a machine may move.
func (r Role) serverName(name string) string { return name + "." + string(r) + ".aisle" }

// CA is a store's authority over certificates.
type CA struct {
	dir  string
	cert *x509.Certificate
	key  crypto.Signer
}

// Init makes a store's authority and its host's certificate in a folder. Where
// the authority is there already, it makes a new certificate for the host.
func Init(dir, store string, now time.Time) (*CA, error) {
	if err := checkName(store); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	ca, err := OpenCA(dir)
	if errors.Is(err, os.ErrNotExist) {
		ca, err = newCA(dir, store, now)
	}
	if err != nil {
		return nil, err
	}
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	cert, err := ca.issue(RoleHost, store, key.Public(), now)
	if err != nil {
		return nil, err
	}
	return ca, errors.Join(writeKey(filepath.Join(dir, RoleHost.key()), key), writeCert(filepath.Join(dir, RoleHost.cert()), cert))
}

func newCA(dir, store string, now time.Time) (*CA, error) {
	for _, f := range []string{fileCA, fileCAKey} {
		if _, err := os.Stat(filepath.Join(dir, f)); err == nil {
			return nil, fmt.Errorf("%s has half of an authority: put the missing one of %s and %s back, or use another folder", dir, fileCA, fileCAKey)
		}
	}
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Aisle store " + store},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(ValidCA),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sign the authority's certificate: %w", err)
	}
	if err := errors.Join(writeKey(filepath.Join(dir, fileCAKey), key), writeCert(filepath.Join(dir, fileCA), der)); err != nil {
		return nil, err
	}
	return OpenCA(dir)
}

// OpenCA reads an authority from its folder.
func OpenCA(dir string) (*CA, error) {
	cert, err := readCert(filepath.Join(dir, fileCA))
	if err != nil {
		return nil, err
	}
	key, err := readKey(filepath.Join(dir, fileCAKey))
	if err != nil {
		return nil, err
	}
	if p, ok := key.Public().(*ecdsa.PublicKey); !ok || !p.Equal(cert.PublicKey) {
		return nil, fmt.Errorf("%s: %s is not the key of %s", dir, fileCAKey, fileCA)
	}
	return &CA{dir: dir, cert: cert, key: key}, nil
}

// issue signs a certificate for a public key and takes note of it.
func (ca *CA) issue(r Role, name string, pub crypto.PublicKey, now time.Time) (der []byte, err error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	if now.After(ca.cert.NotAfter) {
		return nil, fmt.Errorf("the store's authority expired on %s: move %s away, run \"aisle agent init\" and enrol every agent again",
			ca.cert.NotAfter.Format(time.DateOnly), ca.dir)
	}
	t, err := ca.template(r, name, now)
	if err != nil {
		return nil, err
	}
	der, err = x509.CreateCertificate(rand.Reader, t, ca.cert, pub, ca.key)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate of %s %s: %w", r, name, err)
	}
	if r == roleEnroll {
		return der, nil // its key lives for minutes, and is never written down
	}
	return der, ca.note(Issued{Serial: serialText(t.SerialNumber), Role: r, Name: name, Until: t.NotAfter})
}

func (ca *CA) template(r Role, name string, now time.Time) (*x509.Certificate, error) {
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	until := now.Add(ValidLeaf)
	if until.After(ca.cert.NotAfter) {
		until = ca.cert.NotAfter
	}
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: string(r) + " " + name},
		NotBefore: now.Add(-backdate), NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
		URIs: []*url.URL{r.uri(name)},
	}
	if r == RoleHost {
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		return t, nil
	}
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	t.DNSNames = []string{r.serverName(name)}
	return t, nil
}

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

func newSerial() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
}

// serialText is how a serial number is written in the lists.
func serialText(n *big.Int) string { return fmt.Sprintf("%032x", n) }

// maxName bounds a name, which becomes part of a DNS name.
const maxName = 40

// checkName accepts what may name a store or an agent: what an identifier in
// the store file may be.
func checkName(s string) error {
	ok := s != "" && len(s) <= maxName
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		ok = ok && (letter || i > 0 && (r >= '0' && r <= '9' || r == '-' || r == '_'))
	}
	if !ok {
		return fmt.Errorf("%q can't be a name here: use a letter, then letters, digits, - and _, at most %d", s, maxName)
	}
	return nil
}
