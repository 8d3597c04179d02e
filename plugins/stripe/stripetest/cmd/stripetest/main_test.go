package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/stripe/stripetest"
)

// A watched writer tells of each line written to it.
type watched struct{ lines chan string }

func (w watched) Write(p []byte) (int, error) {
	w.lines <- string(p)
	return len(p), nil
}

// skipWithoutMock ends the test where no stripe-mock can be had, as stripetest.Run does.
func skipWithoutMock(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, stripetest.ErrNoMock) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
}

func TestServesAsAPeer(t *testing.T) {
	dir := t.TempDir()
	data, address := filepath.Join(dir, "data"), filepath.Join(dir, "data", "peers", "stripe.address")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := watched{make(chan string, 1)}
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"--data", data, "--address-file", address, "--method", "pm_sim_*=visa"}, out, io.Discard)
	}()
	var said string
	select {
	case said = <-out.lines:
	case err := <-ended:
		skipWithoutMock(t, err)
		t.Fatalf("ended with %v before it served", err)
	}
	told, err := os.ReadFile(address)
	if err != nil || string(told) != strings.TrimSpace(said) || !strings.HasPrefix(string(told), "http://127.0.0.1:") {
		t.Fatalf("the address file says %q, %v; standard output %q", told, err, said)
	}
	form := url.Values{
		"amount": {"1500"}, "currency": {"eur"}, "capture_method": {"manual"}, "confirm": {"true"}, "payment_method": {"pm_sim_7"},
		"payment_method_types[]": {"card"}, "metadata[aisle_key]": {"k1"},
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, string(told)+"/v1/payment_intents", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth("sk_test_123", "")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	line, err := os.ReadFile(filepath.Join(data, "ledger.jsonl"))
	if resp.StatusCode != 200 || err != nil || !strings.Contains(string(line), `"credential":"pm_sim_7","key":"k1","op":"authorize"`) {
		t.Errorf("status %d, ledger %q, %v", resp.StatusCode, line, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestEndsWhenNobodyCalls(t *testing.T) {
	err := run(t.Context(), []string{"--linger", time.Nanosecond.String()}, io.Discard, io.Discard)
	skipWithoutMock(t, err)
	if err != nil {
		t.Error(err)
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{"--method", "pm_x"}, {"--linger", "soon"}, {"--nonsense"}, {"extra"}} {
		var errs bytes.Buffer
		if _, err := parse(args, &errs); err == nil {
			t.Errorf("%v were taken", args)
		}
	}
	s, err := parse([]string{"--data", "d", "--ledger", "l"}, io.Discard)
	if err != nil || s.LedgerFile != "l" || s.linger != defaultLinger || s.Listen != "127.0.0.1:0" {
		t.Errorf("got %+v, %v", s, err)
	}
	if err := run(t.Context(), []string{"--method", "pm_x=no_card"}, io.Discard, io.Discard); err == nil {
		t.Error("an unknown card was taken")
	}
}
