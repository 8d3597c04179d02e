// Package scene reads what the simulated world looks like: zones, gates and
// what stands beside them, shelves with their bays and facings, products.
//
// A scene has no prices, no tax and no rules of settlement: the world knows
// goods, not money. It is checked as a whole when it is read, and never
// changes afterwards.
package scene

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
)

// maxSize bounds a scene file: ten thousand products are under 2 MiB.
const maxSize = 16 << 20

// Scene is a store as its visitors meet it. Addresses are those of the store
// file, such as "gate.north" and "zone.drinks".
type Scene struct {
	Zones    []string  `json:"zones"`
	Gates    []Gate    `json:"gates"`
	Readers  []Reader  `json:"credential_readers"`
	Lanes    []Lane    `json:"rfid_readers"`
	Cameras  []Camera  `json:"cameras"`
	Payments []string  `json:"payments"`
	Shelves  []Shelf   `json:"weight_shelves"`
	Products []Product `json:"products"`
	// Staff are the tokens of staff badges.
	Staff []string `json:"staff"`
	// Shoppers are what visits pay by, each kind with its share of them; none for
	// whatever the readers take, of which nothing more is said.
	Shoppers []Shoppers `json:"shoppers,omitempty"`
}

// Gate is one lane for both directions.
type Gate struct {
	Address string `json:"address"`
	Zone    string `json:"zone"`
}

// Reader is a credential reader at a gate.
type Reader struct {
	Address string `json:"address"`
	Gate    string `json:"gate"`
	// Methods are those of observe.Method: card, palm, badge, code.
	Methods []string `json:"methods"`
}

// Lane is an RFID reader that sees who leaves by a gate.
type Lane struct {
	Address string `json:"address"`
	Gate    string `json:"gate"`
}

// Camera sees whole zones. No zone has two cameras: which of them followed a
// body would be a question the scene can't answer.
type Camera struct {
	Address string   `json:"address"`
	Zones   []string `json:"zones"`
}

// Shelf is a weight shelf.
type Shelf struct {
	Address string `json:"address"`
	Zone    string `json:"zone"`
	Bays    []Bay  `json:"bays"`
}

// Bay is one weighed part of a shelf.
type Bay struct {
	Number  int      `json:"number"`
	Facings []Facing `json:"facings"`
	// Approved says that its scale is one approved for trade: it reads true to its
	// division, however harsh the noise is elsewhere.
	Approved bool `json:"approved,omitempty"`
}

// Facing is one product's place on a bay.
type Facing struct {
	Product string `json:"product"`
	// Depth is how many units it holds when full, as at the start.
	Depth int `json:"depth"`
}

// Product is a kind of goods.
type Product struct {
	Name  string   `json:"name"`
	Title string   `json:"title"`
	GTIN  gs1.GTIN `json:"gtin"`
	// Mass is written with its unit, such as "345 g".
	Mass string `json:"mass"`
	// Spread, where set, is the standard deviation of a unit's mass, as of portions
	// that are filled by hand; else it is what the noise makes of it.
	Spread string `json:"spread,omitempty"`
	// Weighed says that it is paid for by its mass: the truth tells how much it was.
	Weighed bool `json:"weighed,omitempty"`
	// Tagged says that every unit carries an RFID tag with an SGTIN-96.
	Tagged bool `json:"tagged,omitempty"`
	// CompanyPrefix is the length of the GS1 company prefix; zero means 7.
	CompanyPrefix int `json:"company_prefix_length,omitempty"`
	// Age, where set, is how old whoever buys it must be: who is not known to be, by an
	// attribute age_over=N of the credential, owes nothing for it.
	Age int `json:"age,omitempty"`
	// Portions is Spread, read, and PackagedMass is Mass.
	PackagedMass measure.Mass `json:"-"`
	Portions     measure.Mass `json:"-"`
}

// BayAddress is the store file's address of a bay.
func BayAddress(shelf string, number int) string { return fmt.Sprintf("%s.bay[%d]", shelf, number) }

// Load reads and checks a scene file. Errors name the file.
func Load(path string) (*Scene, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("scene: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("scene %s: %w", path, err)
	}
	if len(b) > maxSize {
		return nil, fmt.Errorf("scene %s is larger than %d bytes", path, maxSize)
	}
	s, err := Parse(b)
	if err != nil {
		return nil, fmt.Errorf("scene %s: %w", path, err)
	}
	return s, nil
}

// Parse reads and checks a scene.
func Parse(b []byte) (*Scene, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	s := new(Scene)
	if err := d.Decode(s); err != nil {
		return nil, fmt.Errorf("line %d: %w", 1+bytes.Count(b[:d.InputOffset()], []byte("\n")), err)
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return s, nil
}

// Devices gives every device's class by its address.
func (s *Scene) Devices() map[string]string {
	all := make(map[string]string)
	for _, g := range s.Gates {
		all[g.Address] = "gate"
	}
	for _, r := range s.Readers {
		all[r.Address] = "credential"
	}
	for _, l := range s.Lanes {
		all[l.Address] = "rfid"
	}
	for _, c := range s.Cameras {
		all[c.Address] = "camera"
	}
	for _, p := range s.Payments {
		all[p] = "payment"
	}
	for _, w := range s.Shelves {
		all[w.Address] = "shelf"
	}
	return all
}
