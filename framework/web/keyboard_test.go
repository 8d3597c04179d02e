package web_test

import (
	"context"
	"strings"
	"testing"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/httpapi"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/viewtest"
	"github.com/openaisle/aisle/framework/web"
)

// key presses a key. Text is what it types, if anything.
func (b *browser) key(name, text string, code int) {
	b.tb.Helper()
	p := map[string]any{"type": "rawKeyDown", "key": name, "code": name, "windowsVirtualKeyCode": code}
	if text != "" {
		p["type"], p["text"] = "keyDown", text
	}
	b.call("Input.dispatchKeyEvent", p, nil)
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": name, "code": name, "windowsVirtualKeyCode": code}, nil)
}

// maxTabs is after how many keys a page is one that the keyboard can't reach.
const maxTabs = 60

// tabTo goes on to what a selector names by the Tab key alone. Wherever the focus
// is on the way, it can be seen.
func (b *browser) tabTo(selector string) {
	b.tb.Helper()
	for range maxTabs {
		b.key("Tab", "", 9)
		if !eval[bool](b, `document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle !== "none"`) {
			b.tb.Errorf("the focus can't be seen on %s", eval[string](b, `document.activeElement.outerHTML`))
		}
		if eval[bool](b, `document.activeElement.matches(`+"`"+selector+"`"+`)`) {
			return
		}
	}
	b.tb.Fatalf("the keyboard does not reach %s", selector)
}

// sends presses Enter and waits for the next page.
func (b *browser) sends() {
	b.tb.Helper()
	select {
	case <-b.loaded:
	default:
	}
	b.key("Enter", "\r", 13)
	select {
	case <-b.ctx.Done():
		b.tb.Fatal("nothing comes of the form")
	case <-b.loaded:
	}
}

// carriesOut writes what a store would into its journal.
func carriesOut(t *testing.T, j journal.Journal, v *view.View, tell *viewtest.Teller) web.Decide {
	return func(ctx context.Context, o event.StaffOrder) (string, error) {
		var f event.Fact = event.LineDecided{Session: o.Session, Line: "p1", Decision: event.DecideDrop, Actor: o.Actor, Reason: o.Reason, At: tell.At()}
		if o.Order == event.OrderDispute {
			f = event.DisputeOpened{Session: o.Session, Dispute: o.ID, Lines: o.Lines, Reason: o.Reason, By: o.Actor, At: tell.At()}
		}
		n := len(tell.Records)
		tell.TellOf(o, f)
		viewtest.Append(t, j, tell.Records[n:]...)
		head, _ := j.Head()
		return "", v.Wait(ctx, head)
	}
}

// TestKeyboard: with the keyboard alone and no script a shopper disputes a line
// and reads what happens next and by when, and staff decide.
func TestKeyboard(t *testing.T) {
	b := openBrowser(t)
	records := viewtest.Money()
	j := journal.Memory()
	viewtest.Append(t, j, records...)
	v := viewtest.View(t, j)
	ctx, cancel := context.WithCancel(context.Background())
	l, err := httpapi.Listen(ctx, "127.0.0.1:0")
	check(t, err)
	done := make(chan error, 1)
	pages := web.New(v, web.Options{Decide: carriesOut(t, j, v, viewtest.Continue(records))})
	go func() { done <- httpapi.Serve(ctx, l, httpapi.New(httpapi.Options{View: v, Pages: pages})) }()
	t.Cleanup(func() {
		cancel()
		check(t, <-done)
	})
	site := "http://" + l.Addr().String()
	b.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)

	b.open(site+"/receipts/"+viewtest.WaitingReceipt, 320, false)
	b.tabTo("#line-1")
	b.key(" ", " ", 32)
	b.tabTo("#units-1")
	b.key("ArrowDown", "", 40)
	b.tabTo("#claim")
	b.call("Input.insertText", map[string]any{"text": "I put"}, nil) // as typed ahead
	b.key("ArrowDown", "", 40)
	b.tabTo("#words")
	b.call("Input.insertText", map[string]any{"text": "beside the oats"}, nil)
	b.tabTo("form button")
	b.sends()
	if h := eval[string](b, `document.querySelector("h1").textContent`); h != "The store has your message" {
		t.Fatalf("the page after it says %q: %s", h, eval[string](b, `document.body.innerText`))
	}
	if text := eval[string](b, `document.body.innerText`); !strings.Contains(text, "1 × Cola 330 ml") || !strings.Contains(text, "beside the oats") ||
		!strings.Contains(text, "decides by 10:19, Tuesday 24 November 2026") {
		t.Errorf("it says:\n%s", text)
	}
	if path := eval[string](b, `location.pathname`); !strings.HasPrefix(path, "/receipts/"+viewtest.WaitingReceipt+"/disputes/form-") {
		t.Errorf("its address is %s: another load would send it again", path)
	}

	b.open(site+"/staff", 1280, false)
	b.tabTo("[name=line][value=p1]")
	b.key(" ", " ", 32)
	b.tabTo("[name=reason]")
	b.call("Input.insertText", map[string]any{"text": "was put back"}, nil)
	b.tabTo("[name=actor]")
	b.call("Input.insertText", map[string]any{"text": "Maria"}, nil)
	b.tabTo("button[value=drop_pending]")
	b.sends()
	if said := eval[string](b, `document.getElementById("said")?.textContent ?? ""`); said != "Your decision is taken." {
		t.Errorf("the page says %q: %s", said, eval[string](b, `document.body.innerText`))
	}
	if name := eval[string](b, `document.querySelector("[name=actor]").value`); name != "Maria" {
		t.Errorf("the name to type is %q", name)
	}
	for _, c := range b.complaints() {
		t.Errorf("the console says: %s", c)
	}
}
