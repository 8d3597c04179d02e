package display

import (
	"cmp"
	"image"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/inconsolata"
	"golang.org/x/image/math/fixed"
	"periph.io/x/devices/v3/ssd1306/image1bit"

	"github.com/openaisle/aisle/sdk/credential"
)

// The letters, and the cells that they stand in. A face of 17 rows is put into 16: the first
// is of one letter only, an L with an acute.
const (
	cellWidth  = 8
	cellHeight = 16
	baseline   = 13
	columns    = width / cellWidth
)

var face = inconsolata.Regular8x16

// unknown stands for letters that the face has not.
const unknown = '?'

// words are what a reply says, a paragraph each.
func words(r credential.Reply) []string {
	switch r.Verdict {
	case credential.VerdictGranted:
		return []string{"Welcome", r.Text}
	case credential.VerdictPrompt:
		return []string{cmp.Or(r.Text, "Please present your card.")}
	case credential.VerdictDenied:
	}
	return []string{cmp.Or(r.Text, "Please ask the staff.")}
}

// wrap breaks a text into lines between its words, and within those that no line holds.
func wrap(text string) (lines []string) {
	var line []rune
	for word := range strings.FieldsSeq(text) {
		w := []rune(word)
		if len(line) > 0 && len(line)+1+len(w) <= columns {
			line = append(append(line, ' '), w...)
			continue
		}
		if len(line) > 0 {
			lines = append(lines, string(line))
		}
		for ; len(w) > columns; w = w[columns:] {
			lines = append(lines, string(w[:columns]))
		}
		line = w
	}
	if len(line) > 0 {
		lines = append(lines, string(line))
	}
	return lines
}

// pages are the pictures that show a reply, one after the other.
func pages(r credential.Reply, height int) (all []*image1bit.VerticalLSB) {
	var lines []string
	for _, paragraph := range words(r) {
		lines = append(lines, wrap(paragraph)...)
	}
	for rows := height / cellHeight; len(lines) > 0; {
		n := min(rows, len(lines))
		all = append(all, picture(lines[:n], height))
		lines = lines[n:]
	}
	return all
}

// picture writes lines into the middle of a panel.
func picture(lines []string, height int) *image1bit.VerticalLSB {
	p := image1bit.NewVerticalLSB(image.Rect(0, 0, width, height))
	write := font.Drawer{Dst: p, Src: image.NewUniform(image1bit.On), Face: face}
	above := (height/cellHeight - len(lines)) / 2
	for i, line := range lines {
		letters := []rune(line)
		for n, c := range letters {
			if _, ok := face.GlyphAdvance(c); !ok {
				letters[n] = unknown
			}
		}
		write.Dot = fixed.P((columns-len(letters))/2*cellWidth, (above+i)*cellHeight+baseline)
		write.DrawString(string(letters))
	}
	return p
}
