package floorplan

import (
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/openaisle/aisle/hcl/storedef"
)

// The sizes of the plan, in pixels.
const (
	margin    = 24
	zoneWidth = 264
	gap       = 16
	head      = 34 // a zone's name
	row       = 34 // a device
	shelfRow  = 58 // a shelf with its bays
	doorRow   = 52 // a gate, in the wall
	maxChars  = 32
)

// colours by class; they differ in lightness too.
var colours = map[storedef.Class]string{
	storedef.ClassGate: "#0b6e4f", storedef.ClassCredentialReader: "#7a3e9d", storedef.ClassRFIDReader: "#1f6fb2",
	storedef.ClassWeightShelf: "#8a5a00", storedef.ClassCamera: "#b3261e", storedef.ClassPayment: "#37474f",
}

// room is a zone, or the back office, with what is in it.
type room struct {
	name    string
	devices []storedef.Device
	gates   []storedef.Device
	cameras []storedef.Device // those that see other zones too
}

func (r *room) height() int {
	h := head + gap
	for _, d := range r.devices {
		if d.Class == storedef.ClassWeightShelf {
			h += shelfRow
		} else {
			h += row
		}
	}
	if len(r.cameras) > 0 {
		h += row
	}
	if len(r.gates) > 0 {
		h += doorRow * len(r.gates)
	}
	return max(h, 110)
}

// rooms gives the zones that have gates, and the others behind them.
func rooms(s *storedef.Store) (front, back []*room) {
	byZone := map[string]*room{}
	var all []*room
	for _, z := range s.Zones {
		r := &room{name: strings.TrimPrefix(z.Address, "zone.")}
		byZone[z.Address] = r
		all = append(all, r)
	}
	office := &room{name: "no zone"}
	zoneOf := map[string]*room{}
	for _, d := range s.Devices {
		if len(d.Zones) == 1 && byZone[d.Zones[0]] != nil {
			zoneOf[d.Address] = byZone[d.Zones[0]]
		}
	}
	for _, d := range s.Devices {
		r := zoneOf[d.Address]
		if r == nil && len(d.Zones) == 0 && len(d.Serves) > 0 {
			r = zoneOf[d.Serves[0]] // a reader stands at its gate
		}
		switch {
		case d.Class == storedef.ClassGate && r != nil:
			r.gates = append(r.gates, d)
		case r != nil:
			r.devices = append(r.devices, d)
		case len(d.Zones) > 0:
			for _, z := range d.Zones {
				if byZone[z] != nil {
					byZone[z].cameras = append(byZone[z].cameras, d)
				}
			}
		default:
			office.devices = append(office.devices, d)
		}
	}
	for _, r := range all {
		if len(r.gates) > 0 {
			front = append(front, r)
		} else {
			back = append(back, r)
		}
	}
	if len(office.devices) > 0 {
		back = append(back, office)
	}
	return front, back
}

// SVG writes a store as a plan.
func SVG(w io.Writer, s *storedef.Store) error {
	front, back := rooms(s)
	columns := max(1, len(front), int(math.Ceil(math.Sqrt(float64(len(back)+len(front))))))
	columns = min(columns, 8)
	d := drawing{}
	y := margin + 56
	for _, rows := range [][]*room{back, front} {
		for line := range slices.Chunk(rows, columns) {
			tallest := 0
			for _, r := range line {
				tallest = max(tallest, r.height())
			}
			for i, r := range line {
				d.room(margin+i*(zoneWidth+gap), y, tallest, r)
			}
			y += tallest + gap
		}
	}
	width := 2*margin + columns*(zoneWidth+gap) - gap
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="system-ui, sans-serif" role="img" aria-label="Plan of %s">`+"\n",
		width, y+64, width, y+64, text(s.Name, 60))
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#ffffff"/>`+"\n"+`<text x="%d" y="%d" font-size="22" font-weight="600" fill="#1b1b1b">%s</text>`+"\n", margin, margin+18, text(s.Name, 60))
	fmt.Fprintf(&b, `<text x="%d" y="%d" font-size="12" fill="#555555">%s</text>`+"\n", margin, margin+38, "What belongs together; not to scale.")
	b.WriteString(d.b.String())
	fmt.Fprintf(&b, `<rect x="0" y="%d" width="%d" height="36" fill="#eceff1"/><text x="%d" y="%d" font-size="13" fill="#455a64" text-anchor="middle" letter-spacing="4">STREET</text>`+"\n</svg>\n", y+28, width, width/2, y+51)
	_, err := io.WriteString(w, b.String())
	return err
}

type drawing struct{ b strings.Builder }

func (d *drawing) room(x, y, height int, r *room) {
	fmt.Fprintf(&d.b, `<g><rect x="%d" y="%d" width="%d" height="%d" rx="6" fill="#fafafa" stroke="#90a4ae" stroke-width="2"/>`+"\n", x, y, zoneWidth, height)
	fmt.Fprintf(&d.b, `<text x="%d" y="%d" font-size="15" font-weight="600" fill="#263238">%s</text>`+"\n", x+12, y+22, text(r.name, 28))
	at := y + head
	if len(r.cameras) > 0 {
		names := make([]string, len(r.cameras))
		titles := make([]string, len(r.cameras))
		for i, c := range r.cameras {
			names[i], titles[i] = label(c), c.Address+" ("+c.Plugin+"."+c.Driver+")"
		}
		d.chip(x+12, at, "seen by "+strings.Join(names, ", "), strings.Join(titles, ", "), colours[storedef.ClassCamera], true)
		at += row
	}
	for _, device := range r.devices {
		title := device.Address + " (" + device.Plugin + "." + device.Driver + ")"
		d.chip(x+12, at, label(device), title, colours[device.Class], false)
		if at += row; device.Class == storedef.ClassWeightShelf {
			d.bays(x+12, at-4, device)
			at += shelfRow - row
		}
	}
	at = y + height - doorRow*len(r.gates)
	for _, g := range r.gates {
		d.door(x, at, g)
		at += doorRow
	}
	d.b.WriteString("</g>\n")
}

// chip is a device: a spot in its colour and its name.
func (d *drawing) chip(x, y int, name, title, colour string, hollow bool) {
	fill := colour
	if hollow {
		fill = "#ffffff"
	}
	fmt.Fprintf(&d.b, `<g><title>%s</title><circle cx="%d" cy="%d" r="6" fill="%s" stroke="%s" stroke-width="2"/><text x="%d" y="%d" font-size="13" fill="#263238">%s</text></g>`+"\n",
		html.EscapeString(title), x+7, y+14, fill, colour, x+22, y+18, text(name, maxChars))
}

// bays draws a shelf's bays as boxes with their numbers.
func (d *drawing) bays(x, y int, s storedef.Device) {
	n := max(1, len(s.Bays))
	for i, bay := range s.Bays {
		from, to := i*(zoneWidth-24)/n, (i+1)*(zoneWidth-24)/n
		fmt.Fprintf(&d.b, `<rect x="%d" y="%d" width="%d" height="20" fill="#fff3dc" stroke="%s"><title>%s</title></rect>`, x+from, y, to-from, colours[s.Class], html.EscapeString(bay.Address))
		if n <= 12 {
			fmt.Fprintf(&d.b, `<text x="%d" y="%d" font-size="11" fill="#5d4037" text-anchor="middle">%d</text>`, x+(from+to)/2, y+14, bay.Number)
		}
		d.b.WriteString("\n")
	}
}

// door is a gate: an opening and the ways through it.
func (d *drawing) door(x, y int, g storedef.Device) {
	way := map[storedef.Role]string{storedef.RoleEntry: "in", storedef.RoleExit: "out", storedef.RoleBoth: "in and out"}[g.Role]
	fmt.Fprintf(&d.b, `<g><title>%s</title><rect x="%d" y="%d" width="%d" height="34" rx="4" fill="%s"/><text x="%d" y="%d" font-size="13" font-weight="600" fill="#ffffff" text-anchor="middle">%s</text></g>`+"\n",
		html.EscapeString(g.Address+" ("+g.Plugin+"."+g.Driver+")"), x+12, y+8, zoneWidth-24, colours[g.Class], x+zoneWidth/2, y+30, text(label(g)+" · "+way, maxChars))
}

// label is an address for the plan: its class in words and its name.
func label(d storedef.Device) string {
	name := d.Address[strings.Index(d.Address, string(d.Class)+".")+len(d.Class)+1:]
	return strings.ReplaceAll(string(d.Class), "_", " ") + " " + name
}

// text is what may stand in the plan: escaped, and no longer than so much.
func text(s string, most int) string {
	if r := []rune(s); len(r) > most {
		s = string(r[:most-1]) + "…"
	}
	return html.EscapeString(s)
}
