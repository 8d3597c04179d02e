package agent

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/base32"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// The limits of enrolment.
const (
	// EnrollWithin is how long a token is good.
	EnrollWithin = 15 * time.Minute
	// wrongTokens ends an enrolment: somebody is guessing.
	wrongTokens = 5
	maxJoin     = 16 << 10
	joinWithin  = 10 * time.Second
	secretBytes = 16
	joinPath    = "/join"
)

// joinRequest and joinResponse are the bodies, as JSON.
type joinRequest struct {
	Secret []byte `json:"secret"`
	CSR    []byte `json:"csr"`
}

type joinResponse struct {
	Certificate []byte `json:"certificate"`
	Authority   []byte `json:"authority"`
}

// Enrolment lets one machine join as an agent of a name. The machine makes its
// own key and shows the token; no private key travels.
type Enrolment struct {
	ca     *CA
	name   string
	now    func() time.Time
	secret [secretBytes]byte
	cert   tls.Certificate

	mu    sync.Mutex
	wrong int
	done  bool
	ended chan error
}

var tokens = base32.StdEncoding.WithPadding(base32.NoPadding)

// Enroll prepares an enrolment. It starts nothing.
func (ca *CA) Enroll(name string, now func() time.Time) (*Enrolment, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	e := &Enrolment{ca: ca, name: name, now: now, ended: make(chan error, 1)}
	if _, err := rand.Read(e.secret[:]); err != nil {
		return nil, err
	}
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	der, err := ca.issue(roleEnroll, name, key.Public(), now())
	if err != nil {
		return nil, err
	}
	e.cert = tls.Certificate{Certificate: [][]byte{der, ca.cert.Raw}, PrivateKey: key}
	return e, nil
}

// Token is what the machine that joins must show: a secret that is good once,
// and the fingerprint by which it knows the authority.
func (e *Enrolment) Token() string {
	sum := sha256.Sum256(e.ca.cert.Raw)
	return strings.ToLower(tokens.EncodeToString(append(e.secret[:], sum[:]...)))
}

// Serve waits on a listener for the machine to join, and gives the error of an
// enrolment that came to nothing. It closes the listener.
func (e *Enrolment) Serve(ctx context.Context, lis net.Listener) error {
	ctx, cancel := context.WithTimeout(ctx, EnrollWithin)
	defer cancel()
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+joinPath, e.join)
	s := &http.Server{
		Handler: mux, ReadTimeout: joinWithin, WriteTimeout: joinWithin, MaxHeaderBytes: maxJoin,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{e.cert}, SessionTicketsDisabled: true},
		// Strangers at the door are told why by themselves.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	served := make(chan error, 1)
	go func() { served <- s.ServeTLS(lis, "", "") }()
	var err error
	select {
	case err = <-e.ended:
	case err = <-served:
		return err
	case <-ctx.Done():
		err = fmt.Errorf("no machine joined as %q: %w", e.name, ctx.Err())
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), joinWithin)
	defer cancel()
	err = errors.Join(err, s.Shutdown(last)) // lets the answer go out
	if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

func (e *Enrolment) join(w http.ResponseWriter, r *http.Request) {
	var q joinRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxJoin)).Decode(&q); err != nil {
		http.Error(w, "this is no request to join", http.StatusBadRequest)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.done || e.wrong >= wrongTokens:
		http.Error(w, "the token is used up: enrol again", http.StatusGone)
		return
	case subtle.ConstantTimeCompare(q.Secret, e.secret[:]) != 1:
		if e.wrong++; e.wrong == wrongTokens {
			e.ended <- fmt.Errorf("%d wrong tokens were shown: somebody is guessing, or an old command was repeated; enrol again", wrongTokens)
		}
		http.Error(w, "the token is wrong", http.StatusForbidden)
		return
	}
	pub, err := publicKey(q.CSR)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	e.done = true
	der, err := e.ca.issue(RoleAgent, e.name, pub, e.now())
	if err != nil {
		http.Error(w, "the authority can't sign: see the other machine", http.StatusInternalServerError)
		e.ended <- err
		return
	}
	w.Header().Set("Content-Type", "application/json")
	e.ended <- json.NewEncoder(w).Encode(joinResponse{Certificate: der, Authority: e.ca.cert.Raw})
}

// publicKey gives the key of a signing request that proves its possession. What
// else the request asks for is not granted.
func publicKey(csr []byte) (*ecdsa.PublicKey, error) {
	block, _ := pem.Decode(csr)
	if block == nil || block.Type != pemCSR {
		return nil, errors.New("there is no certificate request")
	}
	r, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, errors.New("the certificate request is malformed")
	}
	if err := r.CheckSignature(); err != nil {
		return nil, errors.New("the certificate request is not signed by its key")
	}
	pub, ok := r.PublicKey.(*ecdsa.PublicKey)
	if !ok || pub.Curve != elliptic.P256() {
		return nil, errors.New("the key is not a P-256 key")
	}
	return pub, nil
}

// Join makes a key, has the store's machine sign it, and writes the agent's
// identity into a folder.
func Join(ctx context.Context, address, token, dir string) (*Identity, error) {
	raw, err := tokens.DecodeString(strings.ToUpper(strings.TrimSpace(token)))
	if err != nil || len(raw) != secretBytes+sha256.Size {
		return nil, errors.New("the token is not whole: copy all of it")
	}
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return nil, err
	}
	got, err := ask(ctx, address, raw[secretBytes:], joinRequest{
		Secret: raw[:secretBytes], CSR: pem.EncodeToMemory(&pem.Block{Type: pemCSR, Bytes: der}),
	})
	if err != nil {
		return nil, fmt.Errorf("join the store at %s: %w", address, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	err = errors.Join(writeKey(filepath.Join(dir, RoleAgent.key()), key), writeCert(filepath.Join(dir, RoleAgent.cert()), got.Certificate),
		writeCert(filepath.Join(dir, fileCA), got.Authority))
	if err != nil {
		return nil, err
	}
	return Load(dir, RoleAgent)
}

func ask(ctx context.Context, address string, fingerprint []byte, q joinRequest) (joinResponse, error) {
	var r joinResponse
	body, err := json.Marshal(q)
	if err != nil {
		return r, err
	}
	ctx, cancel := context.WithTimeout(ctx, joinWithin)
	defer cancel()
	transport := &http.Transport{TLSClientConfig: &tls.Config{
		MinVersion: tls.VersionTLS13,
		// There is no authority to believe yet but the one the token names.
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection does
		VerifyConnection:   func(s tls.ConnectionState) error { return authority(s, fingerprint) },
	}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+address+joinPath, strings.NewReader(string(body)))
	if err != nil {
		return r, err
	}
	answer, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return r, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxJoin))
	if err != nil {
		return r, err
	}
	if answer.StatusCode != http.StatusOK {
		return r, fmt.Errorf("it refuses: %s", strings.TrimSpace(string(text)))
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, err
	}
	if sum := sha256.Sum256(r.Authority); subtle.ConstantTimeCompare(sum[:], fingerprint) != 1 {
		return r, errors.New("it answers with another authority than the token's")
	}
	return r, nil
}

// authority accepts a server that the token's authority appointed for enrolment.
func authority(s tls.ConnectionState, fingerprint []byte) error {
	if len(s.PeerCertificates) != 2 {
		return errors.New("this is no store that waits for an agent")
	}
	leaf, ca := s.PeerCertificates[0], s.PeerCertificates[1]
	if sum := sha256.Sum256(ca.Raw); subtle.ConstantTimeCompare(sum[:], fingerprint) != 1 {
		return errors.New("this is another store than the token's")
	}
	name, err := holder(leaf, roleEnroll)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	_, err = leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: roleEnroll.serverName(name)})
	return err
}
