package display

import (
	"slices"
	"strings"
	"testing"

	"github.com/openaisle/aisle/plugins/gpio/internal/display/ssd1306sim"
	"github.com/openaisle/aisle/sdk/credential"
)

// Every word of a reply is shown in its order, a page after the other, whole where a line
// holds it.
func TestPages(t *testing.T) {
	t.Parallel()
	const granted, denied, prompt = credential.VerdictGranted, credential.VerdictDenied, credential.VerdictPrompt
	for _, c := range []struct {
		verdict credential.Verdict
		text    string
		height  int
		want    string // lines, and / between pages
	}{
		{granted, "Come in.", 64, "Welcome|Come in."},
		{granted, "Come in.", 32, "Welcome|Come in."},
		{granted, "", 64, "Welcome"},
		{granted, "You are enrolled.", 32, "Welcome|You are/enrolled."},
		{denied, "", 64, "Please ask the|staff."},
		{prompt, "", 64, "Please present|your card."},
		{prompt, "Please show your palm.", 64, "Please show your|palm."},
		{denied, "The card was declined. Nothing was charged.", 64, "The card was|declined.|Nothing was|charged."},
		{denied, "The card was declined. Nothing was charged.", 32, "The card was|declined./Nothing was|charged."},
		{denied, "The payment was not approved. Nothing was charged. Please use another card or ask the staff.", 64,
			"The payment was|not approved.|Nothing was|charged. Please/use another card|or ask the|staff."},
		{denied, "Olá, Zoë: 4,50 € não chega.", 64, "Olá, Zoë: 4,50 €|não chega."},
		{denied, "お金がない", 64, "?????"},
		{denied, "sixteen-letters- is a line", 64, "sixteen-letters-|is a line"},
		{denied, "seventeen-letters is not", 64, "seventeen-letter|s is not"},
		{denied, "  blanks   are one  ", 64, "blanks are one"},
	} {
		var got []string
		for _, p := range pages(credential.Reply{Verdict: c.verdict, Text: c.text}, c.height) {
			got = append(got, strings.Join(ssd1306sim.Read(p, face, cell, baseline), "|"))
		}
		if s := strings.Join(got, "/"); s != c.want {
			t.Errorf("%v %q on %d rows: %q, want %q", c.verdict, c.text, c.height, s, c.want)
		}
	}
}

// Whatever a text is, its lines have room and lose nothing.
func TestWrapLosesNothing(t *testing.T) {
	t.Parallel()
	for n := range 300 {
		var words []string
		for i := range n % 30 {
			words = append(words, strings.Repeat("x", 1+(n*7+i*i*5)%23))
		}
		text := strings.Join(words, " ")
		lines := wrap(text)
		if slices.ContainsFunc(lines, func(l string) bool { return len(l) == 0 || len(l) > columns }) {
			t.Errorf("%q has lines %q", text, lines)
		}
		if strings.ReplaceAll(strings.Join(lines, ""), " ", "") != strings.ReplaceAll(text, " ", "") {
			t.Errorf("%q became %q", text, lines)
		}
	}
}
