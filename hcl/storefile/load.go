package storefile

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/config"
	"github.com/openaisle/aisle/sdk/gs1"
)

// Schemas says what the drivers of the store's plugins want in their config
// blocks. The host asks the plugins; a test makes one up.
type Schemas interface {
	// Driver gives a driver's schema and the contract it is for, such as
	// "shelf", and false where the plugin has no such driver.
	Driver(plugin, driver string) (schema config.Schema, class string, ok bool)
	// Processing gives what the processors of a driver can do, and false where
	// the plugin does not say.
	Processing(plugin, driver string) (storedef.Processing, bool)
	// Drivers lists a plugin's drivers. A plugin that couldn't be asked has
	// none, and known is false: what it would say isn't checked then.
	Drivers(plugin string) (names []string, known bool)
}

// DriverDocs is implemented by Schemas that know what vendors say of their
// drivers, in a sentence.
type DriverDocs interface {
	// DriverDoc gives the words; empty where there are none.
	DriverDoc(plugin, driver string) string
}

// Options are what a store file can't say itself. Nil is the default.
type Options struct {
	// Vars are the values of variables by name, as given on the command line.
	Vars map[string]string
	// Store is which store of a fleet to load, where the folder is a fleet's.
	Store string
	// VarFiles are files of values, later ones winning over earlier ones and over
	// those in the store's folder, and Vars over all.
	VarFiles []string
	// WorkDir is what a path variable given in Vars is relative to; the
	// process's own where empty.
	WorkDir string
	// Schemas checks config blocks. Where it is nil, they are checked for
	// syntax and references alone, and no device has a Config.
	Schemas Schemas
	// Peers are the addresses of the running peers by name. Where it is nil
	// they are not known yet, and a device whose config needs one has no Config.
	Peers map[string]string
	// Secrets resolves a reference such as "env:NAME". Where it is nil, secrets
	// stay unknown, and a device whose config needs one has no Config. Errors
	// must not repeat a secret.
	Secrets func(ref string) (string, error)

	// Overlay are files by absolute path as an editor holds them, which go before
	// what is on the disk.
	Overlay map[string][]byte

	// values are those that a fleet gives to the variables, cache what was
	// parsed for its other stores, and within its folder.
	values map[string]given
	cache  *parseCache
	within string
}

// Definition is a store as its files say.
type Definition struct {
	Store storedef.Store
	// Dir is the store's folder, absolute. Relative sources of plugins and
	// peers are relative to it.
	Dir string
	// Files are the names of the store's files in it.
	Files []string
	// Unchecked are the addresses of devices whose config could not be checked
	// against a schema, sorted.
	Unchecked []string
	// Later are the addresses of devices whose config needs something that is
	// known only when the store runs, sorted.
	Later []string
	// Sensitive are the names of the store's sensitive variables. What they hold
	// is given to nobody but the config blocks that name them.
	Sensitive []string

	loader *loader
}

// Load reads the store in a folder. The definition is never nil: where there
// are errors it holds what could be understood, so that the caller can say more
// about it, but it must not be run.
func Load(dir string, opts *Options) (*Definition, Problems) {
	if opts == nil {
		opts = &Options{}
	}
	if opts.Store != "" || opts.within == "" && IsFleet(dir) {
		return loadOf(dir, opts)
	}
	l := newLoader(opts)
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return l.nothing(dir, err)
	}
	l.dir = absolute
	prefix := ""
	if at := l.fromHome(absolute); at != "." {
		prefix = at + "/"
	}
	sources, err := opts.folder(absolute, prefix)
	if err != nil {
		return l.nothing(dir, err)
	}
	for _, dir := range []string{absolute, opts.within} {
		if f, err := openFolder(dir); dir != "" && err == nil {
			l.folders = append(l.folders, f)
		}
	}
	l.collect(sources)
	l.resolve()
	d := &Definition{Store: l.store, Dir: l.dir, Unchecked: l.unchecked, Later: l.later, Sensitive: l.sensitive, loader: l}
	for _, name := range slices.Sorted(maps.Keys(l.sources)) {
		if rel, err := filepath.Rel(absolute, filepath.Join(l.home(), filepath.FromSlash(name))); err == nil && strings.HasSuffix(name, Extension) {
			d.Files = append(d.Files, filepath.ToSlash(rel))
		}
	}
	return d, l.problems.sorted()
}

// home is the folder that problems call files from: the fleet's, or the store's.
func (l *loader) home() string {
	if l.opts.within != "" {
		return l.opts.within
	}
	return l.root().dir
}

// fromHome gives a path as problems call it.
func (l *loader) fromHome(full string) string {
	rel, err := filepath.Rel(l.home(), full)
	if err != nil {
		return full
	}
	return filepath.ToSlash(rel)
}

// Redactable gives what must stand in no log: the texts of sensitive variables,
// and those that config blocks made of secrets.
func (d *Definition) Redactable() []string {
	if d.loader == nil {
		return nil
	}
	return d.loader.secretTexts
}

func newLoader(opts *Options) *loader {
	return &loader{
		unit: newUnit(""), opts: opts, sources: map[string]*source{}, data: map[string]string{}, tables: map[string]bool{}, decoded: map[string]*block{},
		bayCount: map[*block][]int{}, approved: map[string]bool{}, products: map[string]product{}, byGTIN: map[gs1.GTIN]string{}, promotions: map[string]*block{}, houses: map[string]*block{},
	}
}

func (l *loader) nothing(dir string, err error) (*Definition, Problems) {
	return &Definition{Dir: l.unit.root().dir, loader: l}, Problems{{
		Severity: Error, Code: "no_store", Summary: "There is no store to read",
		Detail: fmt.Sprintf("%s: %v. A store is a folder of %s files.", dir, err, Extension),
	}}
}

// loader is the work of one Load.
type loader struct {
	// unit is the one that is being read.
	*unit
	units []*unit
	opts  *Options
	// parsed are the folders of modules, and givenValues the store's.
	parsed      map[string][]*source
	givenValues map[string]given
	// folders are where file may read.
	folders       []folder
	functionNames []string
	// data are files that were read, by path as written.
	data map[string]string
	// fleet says that it is a fleet's own files that are read.
	fleet bool
	// last is what the block that is decoded was evaluated with.
	last evaluated
	// tables are the data files among the sources.
	tables  map[string]bool
	sources map[string]*source
	// decoded are the blocks by address.
	decoded  map[string]*block
	bayCount map[*block][]int
	// wires are the addresses of devices by driver and config, of those that are somewhere.
	wires map[string]string
	// approved are the bays of which the scale is approved for trade, by address.
	approved map[string]bool
	products map[string]product
	// byGTIN are the addresses of products.
	byGTIN map[gs1.GTIN]string
	// promotions are their blocks by storedef's name.
	promotions map[string]*block
	// houses are their blocks by storedef's name.
	houses   map[string]*block
	problems Problems
	// refused says that one of them is an error, work what was counted of the
	// files' expressions, and toldWork that it was too much.
	refused, toldWork bool
	work              int
	// looked is how many names were looked through for suggestions.
	looked int

	// sensitive are the sensitive variables, secretTexts what they and the secrets
	// of config blocks hold.
	sensitive, secretTexts []string

	store            storedef.Store
	unchecked, later []string
}

// resolve decodes everything. The order is that of what may refer to what.
func (l *loader) resolve() {
	functions := l.allFunctions()
	outer := scope{ctx: &hcl.EvalContext{Functions: functions}, lacks: "Here only var, local, path and peer can be referred to, " +
		"because the blocks of the store are not known yet."}
	base := l.baseScope(outer)
	l.decodeStore(base)
	l.decodePlugins(l.withAgents(base))
	l.decodePeers(base)
	l.open(outer, base)
	store := l.unit
	l.everywhere(l.decodeTaxes)
	l.everywhere(l.decodeDeposits)
	l.everywhere(l.decodeDevices)
	l.everywhere(l.decodeProducts)
	l.everywhere(l.decodePlanograms)
	l.everywhere(l.decodePromotions)
	l.checkTogether()
	l.everywhere(l.decodeHouses)
	l.decodePolicies(store.scope)
	l.outputs(store.scope)
	l.moves()
	l.check()
	l.sort()
}

// allFunctions gives the functions, and keeps their names for suggestions.
func (l *loader) allFunctions() map[string]function.Function {
	all := l.functions()
	l.functionNames = slices.Sorted(maps.Keys(all))
	all[metering], all[keyed] = l.meterFunc(), l.keyFunc()
	return all
}
