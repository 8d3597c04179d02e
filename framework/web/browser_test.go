package web_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"
)

// browserPatience ends a test whose browser hangs; nothing is timed by it.
const browserPatience = 10 * time.Minute

// browser is a Chromium without a window, spoken to over a pipe
// (--remote-debugging-pipe: DevTools protocol, messages end with a zero byte).
type browser struct {
	tb      testing.TB
	ctx     context.Context
	send    io.Writer
	session string

	mu      sync.Mutex
	next    int
	waiting map[int]chan message
	said    []string // console messages, exceptions and failed loads
	loaded  chan struct{}
}

type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// openBrowser starts Chromium with an empty profile, or skips the test where
// there is none. It ends with the test.
func openBrowser(tb testing.TB) *browser {
	tb.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		tb.Skip("chromium is not installed: the pages can't be looked at")
	}
	ctx, cancel := context.WithTimeout(context.Background(), browserPatience)
	theirIn, in, err := os.Pipe()
	check(tb, err)
	out, theirOut, err := os.Pipe()
	check(tb, err)
	profile, err := os.MkdirTemp("", "aisle-browser-")
	check(tb, err)
	cmd := exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
		"--hide-scrollbars", "--font-render-hinting=none", "--user-data-dir="+profile, "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // 3 and 4
	check(tb, cmd.Start())
	theirIn.Close()
	theirOut.Close()
	b := &browser{tb: tb, ctx: ctx, send: in, waiting: map[int]chan message{}, loaded: make(chan struct{}, 1)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		b.read(out)
	}()
	tb.Cleanup(func() {
		_, _ = in.Write([]byte(`{"id":0,"method":"Browser.close"}` + "\x00"))
		_ = cmd.Wait() // killed once its patience is over
		cancel()
		in.Close()
		out.Close()
		<-read
		_ = os.RemoveAll(profile) // a helper of the browser may still be writing its last
	})
	var target struct {
		TargetID string `json:"targetId"`
	}
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct {
		SessionID string `json:"sessionId"`
	}
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
	return b
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func (b *browser) read(from io.Reader) {
	in := bufio.NewReader(from)
	for {
		raw, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(raw[:len(raw)-1], &m) != nil {
			continue
		}
		b.mu.Lock()
		switch m.Method {
		case "":
			if c := b.waiting[m.ID]; c != nil {
				delete(b.waiting, m.ID)
				c <- m
			}
		case "Page.loadEventFired":
			select {
			case b.loaded <- struct{}{}:
			default:
			}
		case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded":
			b.said = append(b.said, string(m.Params))
		}
		b.mu.Unlock()
	}
}

// call does one command of the protocol and decodes its result.
func (b *browser) call(method string, params map[string]any, result any) {
	b.tb.Helper()
	answer := make(chan message, 1)
	b.mu.Lock()
	b.next++
	command := map[string]any{"id": b.next, "method": method, "params": params}
	if params == nil {
		command["params"] = map[string]any{}
	}
	if b.session != "" {
		command["sessionId"] = b.session
	}
	b.waiting[b.next] = answer
	raw, err := json.Marshal(command)
	check(b.tb, err)
	_, err = b.send.Write(append(raw, 0))
	b.mu.Unlock()
	check(b.tb, err)
	select {
	case <-b.ctx.Done():
		b.tb.Fatalf("%s: the browser does not answer", method)
	case m := <-answer:
		if m.Error != nil {
			b.tb.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			check(b.tb, json.Unmarshal(m.Result, result))
		}
	}
}

// open shows a page at a width, and waits until all of it is loaded.
func (b *browser) open(url string, width int, dark bool) {
	b.tb.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{
		{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}}}, nil)
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}, nil)
	select {
	case <-b.loaded:
	default:
	}
	b.call("Page.navigate", map[string]any{"url": url}, nil)
	select {
	case <-b.ctx.Done():
		b.tb.Fatalf("%s does not load", url)
	case <-b.loaded:
	}
}

// eval gives the value of a JavaScript expression, awaited where it is a
// promise.
func eval[T any](b *browser, expression string) T {
	b.tb.Helper()
	var r struct {
		Result struct {
			Value T `json:"value"`
		} `json:"result"`
		ExceptionDetails json.RawMessage `json:"exceptionDetails"`
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &r)
	if r.ExceptionDetails != nil {
		b.tb.Fatalf("%s: %s", expression, r.ExceptionDetails)
	}
	return r.Result.Value
}

// until waits until a condition of the page holds.
func (b *browser) until(condition string) {
	b.tb.Helper()
	eval[bool](b, fmt.Sprintf(`new Promise((done) => {
		const holds = () => { %s };
		if (holds()) return done(true);
		new MutationObserver((_, o) => { if (holds()) { o.disconnect(); done(true); } })
			.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
	})`, "return ("+condition+");"))
}

// shot is a picture of the whole page.
func (b *browser) shot() []byte {
	b.tb.Helper()
	var r struct {
		Data string `json:"data"`
	}
	b.call("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true}, &r)
	png, err := base64.StdEncoding.DecodeString(r.Data)
	check(b.tb, err)
	return png
}

// complaints are what the page put on the console.
func (b *browser) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.said...)
}
