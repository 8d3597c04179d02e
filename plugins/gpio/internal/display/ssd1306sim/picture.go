package ssd1306sim

import (
	"image"
	"image/color"
	"strings"

	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// lit says whether anything is: without its charge pump the glass has no voltage.
func (m *Model) lit() bool { return m.on && m.pump }

// picture is what somebody sees who stands before the module. Makers mount the glass so that
// it is upright with columns and rows both reversed. A glass of 64 rows has even and odd ones
// on either side of the chip and one of 32 has not: told otherwise, every other row is dark.
func (m *Model) picture() *image.Gray {
	p := image.NewGray(image.Rect(0, 0, columns, m.height))
	if !m.lit() {
		return p
	}
	wired := byte(0x12)
	if m.height == 32 {
		wired = 0x02
	}
	for y := range m.height {
		if y > int(m.lines) || m.wiring != wired && y%2 == 1 {
			continue
		}
		for x := range columns {
			if m.pixel(x, y) {
				p.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return p
}

func (m *Model) pixel(x, y int) bool {
	if m.mirrored {
		x = columns - 1 - x
	}
	if m.upward {
		y = m.height - 1 - y
	}
	row := (y + int(m.start) + int(m.offset)) % (8 * pages)
	return m.all || (m.ram[row/8][x]>>(row%8)&1 == 1) != m.inverse
}

// Unreadable stands where Read finds no letter.
const Unreadable = '\uFFFD'

// Read reads the lines of a picture that is written in cells of a size, in letters of a face
// that stand on a baseline. Lines without any letter are left out.
func Read(p image.Image, face *basicfont.Face, cell image.Point, baseline int) (lines []string) {
	for y := 0; y+cell.Y <= p.Bounds().Dy(); y += cell.Y {
		var line []rune
		left := ' '
		for x := 0; x+cell.X <= p.Bounds().Dx(); x += cell.X {
			left = letter(p, face, image.Rect(x, y, x+cell.X, y+cell.Y), baseline, left)
			line = append(line, left)
		}
		if s := strings.TrimSpace(string(line)); s != "" {
			lines = append(lines, s)
		}
	}
	return lines
}

// letter finds the letter of a cell, into which the one to its left may reach.
func letter(p image.Image, face *basicfont.Face, cell image.Rectangle, baseline int, left rune) rune {
	for _, r := range face.Ranges {
		for c := r.Low; c < r.High; c++ {
			if is(p, face, cell, baseline, c, left) {
				return c
			}
		}
	}
	return Unreadable
}

func is(p image.Image, face *basicfont.Face, cell image.Rectangle, baseline int, c, left rune) bool {
	for y := cell.Min.Y; y < cell.Max.Y; y++ {
		for x := cell.Min.X; x < cell.Max.X; x++ {
			at := image.Pt(x, y).Sub(cell.Min)
			black := ink(face, c, at, baseline) || ink(face, left, at.Add(image.Pt(cell.Dx(), 0)), baseline)
			if r, _, _, _ := p.At(x, y).RGBA(); (r >= 0x8000) != black {
				return false
			}
		}
	}
	return true
}

// ink says whether a letter has some at a place of its cell.
func ink(face *basicfont.Face, c rune, at image.Point, baseline int) bool {
	r, mask, from, _, ok := face.Glyph(fixed.P(0, baseline), c)
	if !ok || !at.In(r) {
		return false
	}
	_, _, _, a := mask.At(from.X+at.X-r.Min.X, from.Y+at.Y-r.Min.Y).RGBA()
	return a >= 0x8000
}
