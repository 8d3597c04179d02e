package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
)

// TestAedes speaks through npm aedes, a second broker that is not ours.
func TestAedes(t *testing.T) {
	t.Attr("peer", "npm aedes, a broker")
	t.Parallel()
	folder := os.Getenv("AISLE_AEDES")
	if folder == "" {
		t.Skip("aedes is missing: AISLE_AEDES names no folder where npm installed it")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is missing: aedes can't run")
	}
	addr := free(t)
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command(node, "testdata/aedes-broker.js", folder, port)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("aedes says %q, %v", line, err)
	}
	c := controller(t, addr, true)
	r := classtest.Subject{Driver: "shelf", Start: started, Config: config(t, addr, nil)}.Open(t)
	level(t, r, 1, 12_000*measure.Gram)
	c.Put(1, -345)
	level(t, r, 1, 11_655*measure.Gram)
	if err := r.Plugin.Shelf(r.Handle, r.Epoch).Tare(t.Context(), 2); err != nil {
		t.Error(err)
	}
	refused(t, addr, map[string]any{"password": "wrong"}, "broker", "")
	refused(t, addr, map[string]any{"topic": "store/2"}, "broker", "follow store/2/#: the broker does not allow it")
}

// TestTLS speaks TLS, and is told apart from others by its own certificate.
func TestTLS(t *testing.T) {
	t.Attr("peer", "Debian's mosquitto, a broker")
	for _, version := range []string{"3.1.1", "5"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			ours, theirs := authority(t), authority(t)
			ours.issue(t, dir, "broker", "127.0.0.1")
			ours.issue(t, dir, "plugin", "")
			theirs.issue(t, dir, "stranger", "")
			ours.write(t, dir, "ca.pem")
			theirs.write(t, dir, "other.pem")
			secure := free(t)
			_, port, _ := net.SplitHostPort(secure)
			in := func(name string) string { return filepath.Join(dir, name) }
			addr, _ := mosquitto(t, dir, "listener "+port+" 127.0.0.1", "cafile "+in("ca.pem"), "certfile "+in("broker.pem"), "keyfile "+in("broker.key"), "require_certificate true")
			listens(t, secure)
			controller(t, addr, false)
			addr = secure // its second listener
			key := func(name string) string {
				b, err := os.ReadFile(in(name))
				if err != nil {
					t.Fatal(err)
				}
				return string(b)
			}
			right := map[string]any{"version": version, "tls": true, "ca": in("ca.pem"), "certificate": in("plugin.pem"), "key": key("plugin.key")}
			with := func(change map[string]any) map[string]any {
				c := map[string]any{}
				for _, m := range []map[string]any{right, change} {
					for k, v := range m {
						c[k] = v
					}
				}
				return c
			}
			r := classtest.Subject{Driver: "shelf", Start: started, Config: config(t, addr, right)}.Open(t)
			level(t, r, 1, 12_000*measure.Gram)
			refused(t, addr, with(map[string]any{"ca": in("other.pem")}), "broker", "unknown authority")
			refused(t, addr, with(map[string]any{"ca": ""}), "broker", "unknown authority")
			refused(t, addr, with(map[string]any{"certificate": in("stranger.pem"), "key": key("stranger.key")}), "broker", "")
			refused(t, addr, with(map[string]any{"certificate": in("stranger.pem")}), "key", "it is not the key of "+in("stranger.pem"))
			refused(t, addr, with(map[string]any{"certificate": "", "key": ""}), "broker", "")
			refused(t, addr, with(map[string]any{"tls": false, "ca": "", "certificate": "", "key": ""}), "broker", "")
		})
	}
}

// refused opens a shelf that must not open, and looks at where and why.
func refused(t *testing.T, addr string, change map[string]any, path, want string) {
	t.Helper()
	d, err := plugin().Drivers[0].Open(t.Context(), sdk.Env{Address: "weight_shelf.wall"}, []byte(config(t, addr, change)))
	if err == nil {
		t.Errorf("it opens %v with %v", d, change)
		return
	}
	if fault.PathOf(err) != path || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "PRIVATE") {
		t.Errorf("%v at %q, want %q at %q", err, fault.PathOf(err), want, path)
	}
}

// An issuer is a certificate authority of a test.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func authority(t *testing.T) issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return issuer{cert, key}
}

func (i issuer) write(t *testing.T, dir, file string) { put(t, dir, file, "CERTIFICATE", i.cert.Raw) }

// issue writes a certificate and its key for name; ip may be empty.
func (i issuer) issue(t *testing.T, dir, name, ip string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if a := net.ParseIP(ip); a != nil {
		of.IPAddresses = []net.IP{a}
	}
	der, err := x509.CreateCertificate(rand.Reader, of, i.cert, &key.PublicKey, i.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, name+".pem", "CERTIFICATE", der)
	put(t, dir, name+".key", "PRIVATE KEY", private)
}

// put writes a file that the broker, a user of its own, can read.
func put(t *testing.T, dir, file, kind string, der []byte) {
	t.Helper()
	name := filepath.Join(dir, file)
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
}
