package web_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	ids    = regexp.MustCompile(`\sid="([^"]+)"`)
	fors   = regexp.MustCompile(`\sfor="([^"]+)"`)
	refs   = regexp.MustCompile(`\saria-(?:labelledby|describedby)="([^"]+)"`)
	fields = regexp.MustCompile(`<(input|select|textarea)\s[^>]*>`)
)

// TestLabels: on each page that was looked at, what is named is named once, and
// each field has a label that somebody hears.
func TestLabels(t *testing.T) {
	files, err := filepath.Glob("testdata/*.html")
	check(t, err)
	withFields := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(t, err)
		page := string(text)
		var all, labels []string
		for _, m := range ids.FindAllStringSubmatch(page, -1) {
			if slices.Contains(all, m[1]) {
				t.Errorf("%s: two things have the id %q", file, m[1])
			}
			all = append(all, m[1])
		}
		for _, m := range fors.FindAllStringSubmatch(page, -1) {
			labels = append(labels, m[1])
		}
		for _, m := range append(fors.FindAllStringSubmatch(page, -1), refs.FindAllStringSubmatch(page, -1)...) {
			if !slices.Contains(all, m[1]) {
				t.Errorf("%s: nothing has the id %q", file, m[1])
			}
		}
		for _, field := range fields.FindAllString(page, -1) {
			if strings.Contains(field, `type="hidden"`) {
				continue
			}
			withFields++
			if m := ids.FindStringSubmatch(field); m == nil || !slices.Contains(labels, m[1]) {
				t.Errorf("%s: no label for %s", file, field)
			}
		}
		if strings.Count(page, "<h1") != 1 {
			t.Errorf("%s has %d titles", file, strings.Count(page, "<h1"))
		}
	}
	if withFields < 10 {
		t.Errorf("%d fields: this test looks at nothing", withFields)
	}
}

// TestOursAlone: the pages themselves refuse what comes from another site,
// whatever stands before them.
func TestOursAlone(t *testing.T) {
	for _, path := range []string{"/staff/orders", "/staff/enrolments", "/receipts/x/disputes"} {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("token=t"))
		r.Header.Set("Content-Type", formType)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		w := httptest.NewRecorder()
		pages(t).ServeHTTP(w, r)
		if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "This came from another site") {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
