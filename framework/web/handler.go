package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/format"
)

//go:embed templates static
var files embed.FS

var pages = template.Must(template.ParseFS(files, "templates/*.html"))

// policy allows our own style sheet, script, mark and events, and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// silent is the policy of pages without script.
const silent = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Options are what the pages know beside the view; the zero value is good.
type Options struct {
	// Isolation says in words what the plugin of a name is not kept from, or "";
	// nil asks nobody.
	Isolation func(plugin string) string
	// Lines says how the lines to the store's agents are, a sentence each; nil
	// where there are none.
	Lines func() []string
	// Decide takes what the forms send; without it they are answered with 503.
	Decide Decide
}

// New returns the handler of the pages.
func New(v *view.View, o Options) http.Handler {
	s := site{view: v, isolation: o.Isolation, lines: o.Lines, decide: o.Decide}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.live)
	mux.HandleFunc("GET /receipts/{id}", s.receipt)
	mux.Handle("POST /receipts/{id}/disputes", ours(s.dispute))
	mux.HandleFunc("/receipts/{id}/disputes", only("POST"))
	mux.HandleFunc("GET /receipts/{id}/disputes/{dispute}", s.disputed)
	mux.HandleFunc("GET /staff", s.staff)
	mux.Handle("POST /staff/orders", ours(s.staffOrder))
	mux.HandleFunc("/staff/orders", only("POST"))
	mux.HandleFunc("GET /staff/enrolments", s.enrolments)
	mux.Handle("POST /staff/enrolments", ours(s.enrolOrder))
	mux.Handle("GET /static/{file}", static())
	mux.HandleFunc("/", notFound)
	return mux
}

type site struct {
	view      *view.View
	isolation func(plugin string) string
	lines     func() []string
	decide    Decide
}

func (s site) zone() *time.Location { return format.Zone(s.view.Snapshot().Store.Timezone) }

func (s site) live(w http.ResponseWriter, _ *http.Request) {
	p := livePageOf(s.view.Snapshot(), s.isolation)
	p.Waiting = s.waiting()
	if s.lines != nil {
		p.Lines = s.lines()
	}
	render(w, http.StatusOK, policy, "live.html", p)
}

func (s site) receipt(w http.ResponseWriter, r *http.Request) {
	found, ok, err := s.view.Receipt(r.PathValue("id"))
	switch {
	case err != nil:
		unreadable(w)
		return
	case !ok:
		notFound(w, r)
		return
	}
	which := len(found.Versions) - 1
	if v := r.URL.Query().Get("version"); v != "" {
		if which = versionIndex(found, v); which < 0 {
			notFound(w, r)
			return
		}
	}
	p := s.receiptPage(found, which)
	if p.Form == nil {
		render(w, http.StatusOK, silent, "receipt.html", p)
		return
	}
	withForm(w, http.StatusOK, "receipt.html", p)
}

// withForm renders a page with a form. Its browser must say where the form comes
// from, which it does not under a policy of no referrer; no other site learns of
// the address.
func withForm(w http.ResponseWriter, status int, name string, data any) {
	render(w, status, formPolicy, name, data)
}

func unreadable(w http.ResponseWriter) {
	sorry(w, http.StatusServiceUnavailable, "This receipt can’t be read at the moment", "Nothing is wrong with the receipt itself. Please try again in a little while.")
}

// messagePage says one thing, with a way back where there is one.
type messagePage struct{ Title, Text, Back, BackText string }

// notFound is one answer for whatever is not there: it tells nothing of why.
func notFound(w http.ResponseWriter, _ *http.Request) {
	render(w, http.StatusNotFound, silent, "message.html", messagePage{Title: "There is nothing here",
		Text: "If you followed a link to a receipt, please check that the whole address was copied."})
}

// render writes a page only once it is whole.
func render(w http.ResponseWriter, status int, csp, name string, data any) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, "The page could not be written.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", csp)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	if csp == formPolicy {
		h.Set("Referrer-Policy", "same-origin")
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // an error means that the reader has gone
}

var types = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// static serves the files that pages name. A browser asks each time whether its
// copy is still the one.
func static() http.Handler {
	dir, err := fs.Sub(files, "static")
	if err != nil { // of a folder that is compiled in
		panic(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("file")
		body, err := fs.ReadFile(dir, name)
		if err != nil || types[path.Ext(name)] == "" {
			notFound(w, r)
			return
		}
		sum := sha256.Sum256(body)
		tag := `"` + hex.EncodeToString(sum[:12]) + `"`
		h := w.Header()
		h.Set("Content-Type", types[path.Ext(name)])
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", tag)
		h.Set("X-Content-Type-Options", "nosniff")
		if strings.Contains(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(body) // an error means that the reader has gone
	})
}
