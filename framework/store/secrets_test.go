package store

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// No secret is in what is written, however it was quoted, also where one is
// part of another.
func TestSecrets(t *testing.T) {
	var s Secrets
	values := map[string]string{"env:A": "canary-1", "env:B": "canary-1-longer\n", "env:C": "a\"b\\c<d", "env:D": "abc"}
	resolve := s.learn(func(ref string) (string, error) {
		v, ok := values[ref]
		if !ok {
			return "", errors.New("no such secret")
		}
		return v, nil
	})
	for ref, v := range values {
		if got, err := resolve(ref); got != v || err != nil {
			t.Errorf("%s is %q, %v", ref, got, err)
		}
	}
	if _, err := resolve("env:none"); err == nil {
		t.Error("an error is swallowed")
	}
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(s.Writer(&out), nil))
	log.Info("told canary-1 and canary-1-longer", "err", errors.New(`wrong key a"b\c<d`), "short", "abc")
	for _, v := range []string{"canary", "longer", `b\\c`, "c<d", `cd`} {
		if strings.Contains(out.String(), v) {
			t.Errorf("%q is in %s", v, &out)
		}
	}
	if strings.Count(out.String(), redacted) != 3 || !strings.Contains(out.String(), "abc") {
		t.Errorf("written is %s", &out)
	}
	if got := s.Text("x canary-1-longer y"); got != "x "+redacted+" y" {
		t.Errorf("text is %q", got)
	}
}
