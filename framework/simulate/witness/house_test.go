package witness

import (
	"slices"
	"testing"
	"time"
)

const (
	salad     = `{"id":"1","gtin":"w","quantity":1,"unit":{"minor":1290,"currency":"EUR"},"mass":305000,"per":"kg","amount":{"minor":393,"currency":"EUR"},"tax":"t","why":[{"evidence":[{"device":"bar","epoch":1,"seq":1}]}]}`
	atAccount = `{"account":"house:students","amount":{"minor":393,"currency":"EUR"}}`
)

// lunch is a visit on a meal plan in which everything is right: 305.4 g of salad at
// 12.90 a kilogram.
func lunch() []deed {
	return []deed{
		{"open", fact(0, "session_opened", `{"session":"s1","token":"kim","house":"students","at":%q,"by":{"device":"reader","epoch":1,"seq":1}}`)},
		{"cart", fact(30*time.Second, "cart_frozen", `{"session":"s1","lines":[{"gtin":"w","quantity":1}],"at":%q}`)},
		{"owe", fact(30*time.Second, "posted", `{"session":"s1","entries":[{"account":"receivable","amount":{"minor":393,"currency":"EUR"}},{"account":"revenue","amount":{"minor":-393,"currency":"EUR"}}],"at":%q}`)},
		{"pay", fact(30*time.Second, "posted", `{"session":"s1","entries":[`+atAccount+`,{"account":"receivable","amount":{"minor":-393,"currency":"EUR"}}],"at":%q}`)},
		{"charge", fact(30*time.Second, "house_posted", `{"session":"s1","key":"k1","house":"students","account":"kim","amount":{"minor":393,"currency":"EUR"},"at":%q}`)},
		{"receipt", fact(31*time.Second, "receipt_issued", `{"receipt":{"id":"r1","version":1,"session":"s1","closed":%q,"lines":[`+salad+`],"total":{"minor":393,"currency":"EUR"}}}`)},
		{"close", fact(33*time.Second, "session_closed", `{"session":"s1","at":%q}`)},
	}
}

// What can go wrong with an account of the store's own and with goods by their mass
// is told.
func TestLunches(t *testing.T) {
	charged := func(key, house, account, minor, refund string) func(*Witness) {
		return fact(40*time.Second, "house_posted", `{"session":"s1","key":"`+key+`","house":"`+house+`","account":"`+account+`","refund":"`+refund+`","amount":{"minor":`+minor+`,"currency":"EUR"},"at":%q}`)
	}
	line := func(mass, minor string) func(*Witness) {
		return fact(31*time.Second, "receipt_issued", `{"receipt":{"id":"r1","version":1,"session":"s1","closed":%q,"lines":[{"id":"1","gtin":"w","quantity":1,"unit":{"minor":1290,"currency":"EUR"},"mass":`+mass+`,"per":"kg","amount":{"minor":`+minor+`,"currency":"EUR"},"tax":"t","why":[{"evidence":[]}]}],"total":{"minor":`+minor+`,"currency":"EUR"}}}`)
	}
	right := []Owed{{"kim in January", "students", "kim", 393}}
	for _, x := range []struct {
		what     string
		h        []deed
		mass     int64
		exported []Owed
		want     []string
	}{
		{"everything is right", lunch(), 305_400, right, nil},
		{"it is posted twice", then(lunch(), "charge", charged("k2", "students", "kim", "393", "")), 305_400, right, []string{"M14", "M3", "truth"}},
		{"it is posted twice under one key", then(lunch(), "charge", charged("k1", "students", "kim", "393", "")), 305_400, right, []string{"M14", "M3", "M9", "truth"}},
		{"it is posted to another's account", with(lunch(), "charge", charged("k1", "students", "lee", "393", "")), 305_400, right, []string{"M5"}},
		{"it is lost", without(lunch(), "charge"), 305_400, right, []string{"M14", "M3"}},
		{"more is given back than was posted", then(lunch(), "charge", charged("k2", "students", "kim", "-394", "o1")), 305_400, right, []string{"M14", "M3", "M5"}},
		{"what is given back names no refund", then(lunch(), "charge", charged("k2", "students", "kim", "-1", "")), 305_400, right, []string{"M14", "M3", "M5"}},
		{"a card is asked, too", then(lunch(), "open", sends("lookup", "k9", "", 0)), 305_400, right, []string{"M13"}},
		{"a card has a hold, too", then(lunch(), "open", func(w *Witness) {
			w.Moved(Movement{Op: "authorize", Key: "k9", Session: "s1", Token: "kim", Reference: "h1", Minor: 1, Currency: "EUR", Expires: noon.Add(7 * 24 * time.Hour)})
			w.Moved(Movement{Op: "void", Key: "k9", Session: "s1", Token: "kim", Reference: "v1", Parent: "h1", Currency: "EUR"})
		}), 305_400, right, []string{"M13"}},
		{"it is on no account", with(lunch(), "open", fact(0, "session_opened", `{"session":"s1","token":"kim","at":%q}`)), 305_400, right, []string{"M13", "M14", "M5"}},
		{"the export leaves it out", lunch(), 305_400, nil, []string{"M14"}},
		{"the export has it twice", lunch(), 305_400, append(right, right...), []string{"M14"}},
		{"a gram too much is charged", with(lunch(), "receipt", line("306000", "395")), 305_400, right, []string{"M14", "M3", "truth"}},
		{"a gram too little is charged", lunch(), 306_000, right, []string{"truth"}},
		{"a part of a gram is charged", with(lunch(), "receipt", line("305400", "394")), 305_400, right, []string{"M14", "M3", "M6", "truth"}},
		{"it is rounded another way", with(lunch(), "receipt", line("305000", "394")), 305_400, right, []string{"M14", "M3", "M6", "truth"}},
	} {
		t.Run(x.what, func(t *testing.T) {
			w := New(Rules{ResolveWithin: 15 * time.Minute, EndEarly: 24 * time.Hour, Exact: true, NeverOver: true, Rounding: "half_up", Division: 1000})
			for _, d := range x.h {
				d.do(w)
			}
			w.Judge([]Visit{{Token: "kim", House: "students", Weighings: 1, Entered: true, Items: []Item{{GTIN: "w", Quantity: 1, Unit: 1290, Mass: x.mass}}}}, nil)
			w.Exported(x.exported)
			var got []string
			for _, v := range w.Violations {
				got = append(got, v.ID)
			}
			slices.Sort(got)
			if got = slices.Compact(got); !slices.Equal(got, x.want) {
				t.Errorf("the witness tells of %v, and not of %v: %v", got, x.want, w.Violations)
			}
		})
	}
}

// Beyond an exact world a scale may be off by its division at each deed, and no more.
func TestDivision(t *testing.T) {
	for _, x := range []struct {
		charged     int64 // minor units for 305.4 g at 12.90, which are 393.966
		over, under bool
	}{{393, false, false}, {395, false, false}, {396, false, false}, {397, true, false}, {392, false, false}, {390, false, true}} {
		a := &account{loose: map[string]*loose{}, weighings: 1}
		a.weigh("w").took(0, Item{GTIN: "w", Unit: 1290, Mass: 305_400})
		a.weigh("w").asked(&saleLine{Amount: amount{Minor: x.charged}})
		over, under, _, _ := New(Rules{Division: 1000}).compareLoose(a)
		if (over > 0) != x.over || (under > 0) != x.under {
			t.Errorf("%d: over %d, under %d", x.charged, over, under)
		}
	}
}
