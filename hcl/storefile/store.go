package storefile

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // so that a time zone is checked the same on every machine

	"github.com/zclconf/go-cty/cty"

	"github.com/openaisle/aisle/hcl/internal/nearest"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/money"

	"github.com/hashicorp/hcl/v2"
)

func (l *loader) decodeStore(s scope) {
	blocks := l.blocks[blockStore]
	if len(blocks) == 0 {
		if len(l.broken[blockStore]) == 0 {
			l.fail(nil, hcl.Range{}, "no_store_block", "There is no store block",
				"One of the files must say what the store is. Write:\nstore \"NAME\" {\n  currency = \"EUR\"\n  timezone = \"Europe/Lisbon\"\n}")
		}
		return
	}
	b := blocks[0]
	l.store.Name = b.name
	if text, ok := l.text(b, "name", s); ok {
		if !nameForm.MatchString(text) {
			l.fail(b, b.at("name"), "label", fmt.Sprintf("%q can't be the name of a store", text), "A name is a letter and then letters, digits, underscores and hyphens, at most 64 in all.")
		}
		l.store.Name = text
	}
	if text, ok := l.code(b, "gln", s, func(s string) bool { _, err := gs1.ParseGLN(s); return err == nil }); ok {
		gln, err := gs1.ParseGLN(text)
		if err != nil {
			l.fail(b, b.at("gln"), "gln", "That is not a GLN", "%s.", err)
		}
		l.store.GLN = gln
	}
	if text, ok := l.text(b, "currency", s); ok {
		currency, err := money.ParseCurrency(text)
		if err != nil {
			p := l.fail(b, b.at("currency"), "currency", "That is not a currency", "%s.", capital(err.Error()))
			p.Suggestion = nearCurrency(text)
		}
		l.store.Currency = currency
	}
	if text, ok := l.text(b, "timezone", s); ok {
		if _, err := time.LoadLocation(text); err != nil || text == "" || text == "Local" {
			p := l.fail(b, b.at("timezone"), "timezone", "That is not a time zone",
				"%q is not in the time zone database. Write an area and a place, such as \"Europe/Lisbon\".", text)
			if near := nearZone(text); near != "" {
				p.Suggestion = fmt.Sprintf("%q", near)
			}
		}
		l.store.Timezone = text
	}
	l.store.Isolation = l.isolation(b, s)
}

func nearCurrency(text string) string {
	var codes []string
	for _, c := range money.Currencies() {
		codes = append(codes, string(c))
	}
	near := nearest.To(text, codes)
	if upper := strings.ToUpper(text); money.Currency(upper).Valid() {
		near = upper
	}
	if near == "" {
		return ""
	}
	return fmt.Sprintf("%q", near)
}

func (l *loader) decodePlugins(s scope) {
	for _, b := range l.blocks[blockPlugin] {
		p := storedef.Plugin{Name: b.name}
		p.Source, _ = l.source(b, s)
		p.Version = l.version(b, s)
		p.Isolation = l.isolation(b, s)
		for _, key := range l.texts(b, "trusted_keys", s, false) {
			p.TrustedKeys = append(p.TrustedKeys, key.value.AsString())
		}
		if p.AllowUnsigned = l.boolean(b, "allow_unsigned", s); p.AllowUnsigned {
			l.warn(b, b.at("allow_unsigned"), "unsigned", fmt.Sprintf("Plugin %q may run unsigned", b.name),
				"Nobody has to vouch for its package. Ask its vendor to sign it, write the vendor's key into trusted_keys, and remove the line.")
		}
		if address, ok := l.refer(b, "agent", s, blockAgent); ok {
			p.Agent = strings.TrimPrefix(address, blockAgent+".")
		}
		l.decoded[b.address()] = b
		l.store.Plugins = append(l.store.Plugins, p)
	}
}

// source gives a source that isn't empty.
func (l *loader) source(b *block, s scope) (string, bool) {
	text, ok := l.text(b, "source", s)
	if ok && strings.TrimSpace(text) == "" {
		l.fail(b, b.at("source"), "out_of_bounds", "The source is empty",
			"Write a Go package or a binary relative to the store's folder, such as \"./driver\".")
		return "", false
	}
	return text, ok
}

func (l *loader) decodePeers(s scope) {
	clocks := 0
	for _, b := range l.blocks[blockPeer] {
		p := storedef.Peer{Name: b.name}
		p.Source, _ = l.source(b, s)
		p.Clock = l.boolean(b, "clock", s)
		for _, i := range l.texts(b, "args", s, true) {
			p.Args = append(p.Args, i.value.AsString())
		}
		if p.Clock {
			if clocks++; clocks > 1 {
				l.fail(b, b.at("clock"), "duplicate", "There is a second clock", "A store runs on the clock of one peer at most.")
			}
		}
		l.decoded[b.address()] = b
		l.store.Peers = append(l.store.Peers, p)
	}
}

// storeScope adds what the blocks of the store are called by.
func (l *loader) storeScope(base scope) scope {
	names := map[string]cty.Value{}
	for _, kind := range []string{blockZone, blockTax, blockDeposit} {
		names[kind] = l.referenceMap(kind)
	}
	for _, b := range l.blocks[blockZone] {
		l.store.Zones = append(l.store.Zones, storedef.Zone{Address: b.address()})
		l.decoded[b.address()] = b
	}
	for _, c := range storedef.Classes() {
		if c == storedef.ClassWeightShelf {
			names[string(c)] = l.shelfMap(base)
			continue
		}
		names[string(c)] = l.referenceMap(string(c))
	}
	names[blockProduct] = l.referenceMap(blockProduct)
	s := base.child(names)
	s.lacks = ""
	return s
}
