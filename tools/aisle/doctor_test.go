package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/tools/aisle/internal/doctor"
)

// leakyStore is a corner shop with one more reader, whose plugin tells its
// secret to everybody.
func leakyStore(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files, err := filepath.Glob(filepath.Join(root, cornerDir, "[a-z]*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, storefile.LockExtension) {
			continue // the copy has a plugin more
		}
		if i, err := os.Stat(f); err != nil || i.IsDir() {
			continue // its tests
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(b), `"../../plugins`, `"`+root+`/plugins`)
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(f)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	more := `plugin "leaky" {
  source = "` + root + `/tools/aisle/testdata/leaky"
}

credential_reader "leaky" {
  driver = leaky.reader
  serves = gate.north
  config {
    key = "text-${upper(secret("env:AISLE_TEST_CANARY"))}"
  }
}
`
	if err := os.WriteFile(filepath.Join(dir, "leaky.hcl"), []byte(more), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A secret that a plugin tells to everybody is in nothing that leaves the host:
// not in its log, not in its journal, not in what it answers, not in a vendor's
// bundle.
func TestCanary(t *testing.T) {
	if testing.Short() {
		t.Skip("opens a store, which takes its time")
	}
	const canary = "canary-4711-\"quoted\"-value"
	t.Setenv("AISLE_TEST_CANARY", canary)
	dir, data := leakyStore(t), t.TempDir()
	var secrets store.Secrets
	log, done, err := (&logging{level: "debug"}).open(data, io.Discard, secrets.Writer)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	file := filepath.Join(t.TempDir(), "bundle.tar.gz")
	var report bytes.Buffer
	var examined error
	_, err = store.Run(ctx, store.Options{
		Dir: dir, Data: data, StopPeers: true, Log: log, Secrets: &secrets, Vars: map[string]string{"shoppers": "3", "speed": "1"},
		Ready: func(store.Running) {
			c := newDoctor()
			c.SetArgs([]string{"--data", data, "--bundle", file, "--json"})
			c.SetOut(&report)
			c.SetErr(io.Discard)
			c.SilenceUsage, c.SilenceErrors = true, true
			examined = c.ExecuteContext(ctx)
			// A state is shown before it is durable: stopping between the two loses it.
			told := []byte("nobody answers to [redacted]")
			for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
				var journal bytes.Buffer
				if err := store.Export(ctx, data, &journal); err != nil || bytes.Contains(journal.Bytes(), told) {
					break
				}
			}
			stop()
		},
	})
	done()
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(examined, errTold) {
		t.Errorf("a store with a device that does not open: %v", examined)
	}
	for _, want := range []string{`"address":"credential_reader.leaky"`, `"place":"leaky.hcl:5"`, "nobody answers to [redacted]", `"next":"check its power`} {
		if !strings.Contains(report.String(), want) {
			t.Errorf("the report has no %s:\n%s", want, &report)
		}
	}
	host, err := os.ReadFile(filepath.Join(data, logFile))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(host, []byte("opening with [redacted]")) {
		t.Errorf("the plugin's words are not in the log:\n%s", host)
	}
	var journal bytes.Buffer
	if err := store.Export(t.Context(), data, &journal); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(journal.Bytes(), []byte("nobody answers to [redacted]")) {
		t.Error("the journal does not say why the device is away")
	}
	held := map[string][]byte{"host.log": host, "report": report.Bytes(), "journal": journal.Bytes()}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for files := tar.NewReader(z); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if held[h.Name], err = io.ReadAll(files); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"report.json", "state.json", "definition.json", "host.log"} {
		if len(held["aisle-doctor/"+name]) == 0 {
			t.Errorf("there is no %s in the bundle", name)
		}
	}
	for name, text := range held {
		if bytes.Contains(bytes.ToLower(text), []byte("canary-4711")) {
			t.Errorf("the secret is in %s", name)
		}
		if strings.HasPrefix(name, "aisle-doctor/") && bytes.Contains(text, []byte("badge-staff")) {
			t.Errorf("what lets the staff in is in %s", name)
		}
	}
}

// What looks like a secret is taken out whoever knows of it.
func TestRedact(t *testing.T) {
	for text, want := range map[string]string{
		"key sk_test_4eC39HqLyjWDarjtT1zdp7dc.":                                   "key [redacted].",
		"Authorization: Bearer abcdefgh12345678":                                  "Authorization: [redacted]",
		"rtsp://admin:hunter2@10.0.0.7/stream":                                    "[redacted]10.0.0.7/stream",
		"a\n-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\nb": "a\n[redacted]\nb",
		"token tok-7-12 came":                                                     "token [redacted] came",
		"plugin task-runner is fine, http://host:80/x":                            "plugin task-runner is fine, http://host:80/x",
	} {
		if got := string(doctor.Redact([]byte(text))); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}
