package storefile

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/openaisle/aisle/hcl/internal/nearest"
	"github.com/openaisle/aisle/hcl/storedef"
)

// maxMoves is how many names a device may have had in a row.
const maxMoves = 100

// move is a moved block, and the addresses that it spells.
type move struct {
	*block
	from, to string
}

// moves decodes the moved blocks of all units: a device that has another name
// now keeps its history. Blocks may make a chain, a to b and b to c: each of its
// names leads to the last.
func (l *loader) moves() {
	var all []move
	seen, next := map[string]*block{}, map[string]string{}
	l.everywhere(func(scope) {
		for _, b := range l.blocks[blockMoved] {
			from, okFrom := l.movedAddress(b, "from")
			to, okTo := l.movedAddress(b, "to")
			if !okFrom || !okTo {
				continue
			}
			for _, address := range []string{"from " + from, "to " + to} {
				if first := seen[address]; first != nil {
					l.fail(b, b.header(), "duplicate", "A device is moved twice", "%s is in the moved block at %s too. Keep one of them.", strings.Fields(address)[1], l.place(first.header(), ""))
					okTo = false
					break
				}
				seen[address] = b
			}
			if okTo {
				all, next[from] = append(all, move{b, from, to}), to
			}
		}
	})
	class := map[string]storedef.Class{}
	for i := range l.store.Devices {
		class[l.store.Devices[i].Address] = l.store.Devices[i].Class
	}
	circle := map[string]bool{} // the names of circles that were told
	for _, m := range all {
		var via []string
		to := m.to
		for next[to] != "" && to != m.from && len(via) <= maxMoves { // it ends: no address is the goal of two
			via = append(via, to)
			to = next[to]
		}
		switch {
		case len(via) > maxMoves:
			l.fail(m.block, m.header(), "too_large", "Devices are moved too often", "%s has more than %d names after this one. Remove the blocks that every store has applied.", m.from, maxMoves)
			return
		case to == m.from && m.to != m.from:
			if !circle[m.from] {
				l.fail(m.block, m.header(), "moved", "Devices are moved in a circle", "By the moved blocks %s becomes %s again. Names can't be exchanged in one go: move one to a name that is new, apply, and move it on then.",
					m.from, strings.Join(append(via, m.from), ", then "))
			}
			circle[m.from] = true
			for _, v := range via {
				circle[v] = true
			}
		case l.movable(m.block, m.from, to, len(via) == 0, class):
			l.store.Moved = append(l.store.Moved, storedef.Move{From: m.from, To: to, Via: via})
		}
	}
}

// movable says whether a move makes sense, and reports why not. What is wrong
// with the end of a chain is told at its last block.
func (l *loader) movable(b *block, from, to string, last bool, class map[string]storedef.Class) bool {
	switch is := class[to]; {
	case class[from] != "":
		l.fail(b, b.at("from"), "moved", fmt.Sprintf("%s is still there", from), "A moved block is for a device that has another name now. Remove the block, or the old device.")
	case is == "" && !last:
	case is == "":
		p := l.fail(b, b.at("to"), "unknown_reference", fmt.Sprintf("There is no device %s", to), "It says where the device is now. Write one that is declared.")
		var all []string
		for _, d := range l.store.Devices {
			all = append(all, d.Address)
		}
		p.Suggestion = nearest.To(to, all)
	case storedef.ClassOf(from) != is:
		l.fail(b, b.at("to"), "moved", "A device keeps its kind", "%s can't have become a %s: their evidence differs. Remove the block.", from, is)
	default:
		return true
	}
	return false
}

// movedAddress gives the address that an argument spells, which need not exist.
func (l *loader) movedAddress(b *block, name string) (string, bool) {
	a := b.attribute(name)
	if a == nil {
		return "", false
	}
	address, ok := spelled(a.Expr)
	if !ok || storedef.ClassOf(l.path+address) == "" {
		p := l.fail(b, a.Expr.Range(), "wrong_type", fmt.Sprintf("%q needs the address of a device", name), `Write it without quotes, such as gate.north, gate.lane["3"] or module.front.gate.north.`)
		if v, isText := literal(a.Expr); isText && v.Type() == cty.String && storedef.ClassOf(l.path+v.AsString()) != "" {
			p.Suggestion = v.AsString()
		}
		if kind, rest, _ := strings.Cut(address, "."); ok {
			var kinds []string
			for _, c := range storedef.Classes() {
				kinds = append(kinds, string(c))
			}
			if near := nearest.To(kind, kinds); near != "" {
				p.Suggestion = near + "." + rest
			}
		}
		return "", false
	}
	return l.path + address, true
}

// spelled gives a reference as an address.
func spelled(e hclsyntax.Expression) (string, bool) {
	t, diags := hcl.AbsTraversalForExpr(e)
	if diags.HasErrors() || len(t) < 2 {
		return "", false
	}
	out := t.RootName()
	for _, step := range t[1:] {
		key, ok := stepKey(step)
		if !ok {
			return "", false
		}
		if _, indexed := step.(hcl.TraverseIndex); indexed {
			out += fmt.Sprintf("[%q]", key)
		} else {
			out += "." + key
		}
	}
	return out, true
}
