package web_test

import (
	"bytes"
	"context"
	"flag"
	"image/png"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/httpapi"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/view/viewtest"
	"github.com/openaisle/aisle/framework/web"
)

var update = flag.Bool("update", false, "write the golden pages and the screenshots again")

// serve serves the pages behind the API, as the store does.
func serve(tb testing.TB, records ...event.Record) (*httptest.Server, journal.Journal) {
	tb.Helper()
	j := journal.Memory()
	viewtest.Append(tb, j, records...)
	v := viewtest.View(tb, j)
	ctx, cancel := context.WithCancel(context.Background())
	l, err := httpapi.Listen(ctx, "127.0.0.1:0")
	check(tb, err)
	done := make(chan error, 1)
	go func() {
		done <- httpapi.Serve(ctx, l, httpapi.New(httpapi.Options{View: v, Pages: web.New(v, web.Options{})}))
	}()
	tb.Cleanup(func() {
		cancel()
		check(tb, <-done)
	})
	return &httptest.Server{URL: "http://" + l.Addr().String()}, j
}

var screens = []struct {
	name, path  string
	width       int
	dark, blank bool
	prices      bool
	short       bool // looked at in short tests too
	money       bool
	enrols      bool
}{
	{name: "live-320", path: "/", width: 320, short: true},
	{name: "live-1280", path: "/", width: 1280},
	{name: "live-1280-dark", path: "/", width: 1280, dark: true},
	{name: "live-empty-320", path: "/", width: 320, blank: true},
	{name: "live-empty-1280", path: "/", width: 1280, blank: true},
	{name: "receipt-320", path: "/receipts/" + viewtest.PendingReceipt, width: 320},
	{name: "receipt-1280", path: "/receipts/" + viewtest.PendingReceipt, width: 1280},
	{name: "receipt-320-dark", path: "/receipts/" + viewtest.PendingReceipt, width: 320, dark: true},
	{name: "receipt-corrected-320", path: "/receipts/" + viewtest.CorrectedReceipt, width: 320},
	{name: "receipt-nothing-320", path: "/receipts/" + viewtest.PlainReceipt, width: 320},
	{name: "receipt-prices-320", path: "/receipts/" + viewtest.PricesReceipt, width: 320, prices: true, short: true},
	{name: "receipt-prices-1280", path: "/receipts/" + viewtest.PricesReceipt, width: 1280, prices: true},
	{name: "receipt-waiting-320", path: "/receipts/" + viewtest.WaitingReceipt, width: 320, money: true, short: true},
	{name: "receipt-waiting-1280", path: "/receipts/" + viewtest.WaitingReceipt, width: 1280, money: true},
	{name: "receipt-refunded-320", path: "/receipts/" + viewtest.RefundedReceipt, width: 320, money: true},
	{name: "receipt-refunded-1280-dark", path: "/receipts/" + viewtest.RefundedReceipt, width: 1280, money: true, dark: true},
	{name: "dispute-open-320", path: "/receipts/" + viewtest.DisputedReceipt + "/disputes/form-2", width: 320, money: true},
	{name: "dispute-granted-1280", path: "/receipts/" + viewtest.RefundedReceipt + "/disputes/form-1", width: 1280, money: true},
	{name: "staff-320", path: "/staff", width: 320, money: true, short: true},
	{name: "staff-1280", path: "/staff", width: 1280, money: true},
	{name: "staff-1280-dark", path: "/staff", width: 1280, money: true, dark: true},
	{name: "enrolments-320", path: "/staff/enrolments", width: 320, enrols: true, short: true},
	{name: "enrolments-1280", path: "/staff/enrolments", width: 1280, enrols: true},
	{name: "staff-empty-320", path: "/staff", width: 320, blank: true},
}

func TestScreens(t *testing.T) {
	b := openBrowser(t)
	full, _ := serve(t, viewtest.Story()...)
	blank, _ := serve(t)
	prices, _ := serve(t, viewtest.Prices()...)
	money, _ := serve(t, viewtest.Money()...)
	enrols, _ := serve(t, enrolled()...)
	for _, s := range screens {
		if testing.Short() && !s.short {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			b.tb = t
			from := full
			if s.blank {
				from = blank
			}
			if s.prices {
				from = prices
			}
			if s.money {
				from = money
			}
			if s.enrols {
				from = enrols
			}
			b.open(from.URL+s.path, s.width, s.dark)
			if s.path == "/" {
				b.until(`document.getElementById("link").dataset.state === "live"`)
			}
			if w := eval[int](b, "document.documentElement.scrollWidth"); w > s.width {
				t.Errorf("the page is %d px wide on a screen of %d: %s", w, s.width, eval[string](b, widest))
			}
			got := b.shot()
			file := filepath.Join("testdata", s.name+".png")
			if *update {
				check(t, os.WriteFile(file, got, 0o644))
			}
			looksLike(t, file, got, s.width)
		})
	}
	for _, c := range b.complaints() {
		t.Errorf("the console says: %s", c)
	}
}

// widest names what sticks out.
const widest = `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth).map(e => e.tagName + "." + e.className).join(" ")`

// looksLike holds a picture against the one that somebody looked at. Fonts
// differ between machines, so only width and that something is on it count.
func looksLike(t *testing.T, file string, got []byte, width int) {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(got))
	check(t, err)
	if img.Bounds().Dx() != width || img.Bounds().Dy() < 300 {
		t.Errorf("the picture is %v", img.Bounds())
	}
	colours := map[[3]uint32]bool{}
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y += 3 {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x += 3 {
			r, g, b, _ := img.At(x, y).RGBA()
			colours[[3]uint32{r, g, b}] = true
		}
	}
	if len(colours) < 8 {
		t.Errorf("the page has %d colours: nothing is drawn on it", len(colours))
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("nobody has looked at this page yet: go test -run TestScreens -update, and look at %s", file)
	}
}

// TestLiveChanges: what the journal says is on the open page at once, and what
// the reader unfolded or wrote stays.
func TestLiveChanges(t *testing.T) {
	b := openBrowser(t)
	records := viewtest.Story()
	site, j := serve(t, records...)
	b.open(site.URL, 1280, false)
	b.until(`document.getElementById("link").dataset.state === "live"`)
	if n := eval[int](b, `document.querySelectorAll("#s-sess-d .lines li").length`); n != 3 {
		t.Fatalf("the cart has %d lines", n)
	}
	eval[any](b, `document.getElementById("s-sess-d").dataset.probe = "kept"; window.probe = document.getElementById("s-sess-d"); 0`)

	tell := viewtest.Continue(records)
	tell.Tell(event.EntryChanged{Closed: []event.Closure{{Device: "payment.cards", Reason: "payment.cards is down"}}})
	viewtest.Append(t, j, tell.Records[len(records):]...)
	records = tell.Records
	b.until(`document.getElementById("closed")?.textContent.trim() === "Nobody is let in: payment.cards is down"`)
	tell.Tell(event.EntryChanged{})
	tell.Take("sess-d", viewtest.Sardines, 2, "weight_shelf.pantry.bay[2]")
	viewtest.Append(t, j, tell.Records[len(records):]...)
	b.until(`document.querySelectorAll("#s-sess-d .lines li").length === 4`)
	if text := eval[string](b, `document.querySelector("#s-sess-d .lines li:last-child").textContent`); text != "2 timesSardines in olive oil€5.30" {
		t.Errorf("the new line reads %q", text)
	}
	if !eval[bool](b, `window.probe === document.getElementById("s-sess-d")`) {
		t.Error("the visit was put in anew: focus and selection would be lost")
	}
	if !eval[bool](b, `document.querySelector("#s-sess-d .lines li:last-child").classList.contains("fresh")`) {
		t.Error("the new line does not light up")
	}

	viewtest.Append(t, j, event.Record{Seq: uint64(len(tell.Records) + 1), At: tell.At().Add(time.Second), Input: event.Time{},
		Facts: []event.Fact{event.SessionEnded{Session: "sess-e", Ending: event.EndedLeft, At: tell.At()}, event.SessionClosed{Session: "sess-e", At: tell.At()}}})
	b.until(`!document.getElementById("s-sess-e")`)
	for _, c := range b.complaints() {
		t.Errorf("the console says: %s", c)
	}
}

// TestReceiptWithoutScript: all of a receipt is there with script turned off.
func TestReceiptWithoutScript(t *testing.T) {
	b := openBrowser(t)
	site, _ := serve(t, viewtest.Story()...)
	b.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	for _, path := range []string{"/", "/receipts/" + viewtest.PendingReceipt} {
		b.open(site.URL+path, 320, false)
		if w := eval[int](b, "document.documentElement.scrollWidth"); w > 320 {
			t.Errorf("%s is %d px wide: %s", path, w, eval[string](b, widest))
		}
	}
	if n := eval[int](b, `document.querySelectorAll(".items details summary").length`); n != 4 {
		t.Errorf("%d reasons name their records", n)
	}
}
