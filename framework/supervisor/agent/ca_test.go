package agent

import (
	"context"
	"encoding/base32"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// enrolling is an enrolment under way.
func (s store) enrolling(t testing.TB, name string) (address, token string, end func() error) {
	t.Helper()
	e, err := s.ca.Enroll(name, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- e.Serve(ctx, lis) }()
	t.Cleanup(cancel)
	return lis.Addr().String(), e.Token(), func() error { return <-served }
}

func TestJoin(t *testing.T) {
	s := newStore(t)
	address, token, end := s.enrolling(t, "back")
	dir := filepath.Join(t.TempDir(), "new", "agent")
	id, err := Join(t.Context(), address, token, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := end(); err != nil {
		t.Error("enrolment:", err)
	}
	if id.Name != "back" || id.Role != RoleAgent || time.Until(id.Until) < ValidLeaf-time.Hour {
		t.Errorf("joined as %+v", id)
	}
	// The key is the machine's own: nobody else may read it, and the authority
	// never had it.
	if i, err := os.Stat(filepath.Join(dir, RoleAgent.key())); err != nil || i.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v, %v", i.Mode(), err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, RoleAgent.key())); !errors.Is(err, os.ErrNotExist) {
		t.Error("the authority has the agent's key")
	}
	a := s.serve(t, dir, "127.0.0.1:0")
	start(t, s.link(t, a.address))
	all, err := s.ca.Issued()
	if err != nil || len(all) != 2 || all[0].Role != RoleHost || all[1].Name != "back" || all[1].Revoked {
		t.Errorf("issued %+v, %v", all, err)
	}
	if n, err := s.ca.Revoke("back"); n != 1 || err != nil {
		t.Errorf("revoked %d, %v", n, err)
	}
	if all, err = s.ca.Issued(); err != nil || all[0].Revoked || !all[1].Revoked {
		t.Errorf("issued %+v, %v", all, err)
	}
	if _, err := s.ca.Revoke("corner"); err == nil {
		t.Error("a host was revoked as an agent")
	}
}

func TestJoinIsRefused(t *testing.T) {
	s, other := newStore(t), newStore(t)
	address, token, end := s.enrolling(t, "back")
	_, foreign, _ := other.enrolling(t, "back")
	raw, err := tokens.DecodeString(strings.ToUpper(token))
	if err != nil {
		t.Fatal(err)
	}
	raw[0] ^= 1
	wrong := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
	dir := t.TempDir()
	for name, c := range map[string]struct{ token, word string }{
		"half a token":          {token[:20], "copy all of it"},
		"nothing":               {"", "copy all of it"},
		"another store's token": {foreign, "another store"},
		"a wrong secret":        {wrong, "the token is wrong"},
	} {
		_, err := Join(t.Context(), address, c.token, dir)
		if err == nil || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("a join that was refused left %v, %v", files, err)
	}
	for range wrongTokens - 1 {
		_, err = Join(t.Context(), address, wrong, dir)
	}
	if err == nil {
		t.Error("a wrong token was taken")
	}
	has(t, end(), "somebody is guessing")
	if _, err := Join(t.Context(), address, token, dir); err == nil {
		t.Error("a token was good after all those guesses")
	}
}

// A token is good once, also for who saw it.
func TestTokenIsGoodOnce(t *testing.T) {
	s := newStore(t)
	e, err := s.ca.Enroll("back", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	post := func() int {
		key, err := newKey()
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(joinRequest{e.secret[:], csrOf(t, key)})
		if err != nil {
			t.Fatal(err)
		}
		w := &answer{header: http.Header{}, code: http.StatusOK}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, joinPath, strings.NewReader(string(b)))
		if err != nil {
			t.Fatal(err)
		}
		e.join(w, r)
		return w.code
	}
	if first, second := post(), post(); first != http.StatusOK || second != http.StatusGone {
		t.Errorf("answered %d, then %d", first, second)
	}
	if all, err := s.ca.Issued(); err != nil || len(all) != 2 {
		t.Errorf("issued %+v, %v", all, err)
	}
}

type answer struct {
	header http.Header
	code   int
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) Write(b []byte) (int, error) { return len(b), nil }
func (a *answer) WriteHeader(code int)        { a.code = code }

func TestAuthority(t *testing.T) {
	s := newStore(t)
	for f, want := range map[string]os.FileMode{fileCA: 0o644, fileCAKey: 0o600, RoleHost.key(): 0o600} {
		if i, err := os.Stat(filepath.Join(s.dir, f)); err != nil || i.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", f, i, err)
		}
	}
	if s.ca.cert.PublicKeyAlgorithm.String() != "ECDSA" || !s.ca.cert.IsCA || !s.ca.cert.MaxPathLenZero {
		t.Errorf("the authority's certificate: %+v", s.ca.cert)
	}
	was, err := readCert(filepath.Join(s.dir, RoleHost.cert()))
	if err != nil {
		t.Fatal(err)
	}
	// Again is a renewal of the host's certificate by the same authority.
	if _, err := Init(s.dir, "corner", time.Now()); err != nil {
		t.Fatal(err)
	}
	now, err := readCert(filepath.Join(s.dir, RoleHost.cert()))
	if err != nil || now.SerialNumber.Cmp(was.SerialNumber) == 0 || now.CheckSignatureFrom(s.ca.cert) != nil {
		t.Errorf("renewed: %v", err)
	}
	// A key that others may read is not used.
	if err := os.Chmod(filepath.Join(s.dir, fileCAKey), 0o640); err != nil {
		t.Fatal(err)
	}
	_, err = OpenCA(s.dir)
	has(t, err, "may be read by others", "chmod 600")
	if err := os.Remove(filepath.Join(s.dir, fileCAKey)); err != nil {
		t.Fatal(err)
	}
	// Half an authority is not replaced by another.
	_, err = Init(s.dir, "corner", time.Now())
	has(t, err, "half of an authority")
	for _, name := range []string{"", "1", "a b", "a.b", "ä", "-a", strings.Repeat("a", maxName+1)} {
		if _, err := Init(t.TempDir(), name, time.Now()); err == nil {
			t.Errorf("%q is a name", name)
		}
	}
}

func TestExpiry(t *testing.T) {
	s := newStore(t)
	for name, c := range map[string]struct {
		left time.Duration
		word string
	}{
		"new":     {ValidLeaf, ""},
		"soon":    {RenewWithin - time.Hour, "expires on"},
		"just ok": {RenewWithin + time.Hour, ""},
		"over":    {-time.Hour, "expired on"},
	} {
		id, err := Load(s.identity(t, RoleAgent, "back", time.Now().Add(c.left-ValidLeaf)), RoleAgent)
		if err != nil {
			t.Fatal(err)
		}
		text, due := id.Expiry()
		if due != (c.word != "") || !strings.Contains(text, c.word) || due && !strings.Contains(text, "aisle agent enroll back") {
			t.Errorf("%s: %q", name, text)
		}
	}
}
