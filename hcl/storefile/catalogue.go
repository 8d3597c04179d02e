package storefile

import (
	"fmt"
	"math/big"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/openaisle/aisle/hcl/internal/nearest"
	"github.com/openaisle/aisle/sdk/gs1"
)

// blockCatalogue makes products of the rows of a file. Its further arguments
// are those of a product, for the rows that don't have them.
const blockCatalogue = "catalogue"

// defaultKey is the column that names a product where none is said.
const defaultKey = "id"

// catalogue is a file of products that was read.
type catalogue struct {
	b *block
	// columns are the columns by product argument.
	columns map[string]string
	keyed   map[string]hcl.Range
}

// catalogues reads the files of products, so that each row is a product block
// as if it were written: every check finds its cell.
func (l *loader) catalogues(base scope) {
	for _, b := range l.blocks[blockCatalogue] {
		s := l.tableFile(b, base)
		if s == nil {
			continue
		}
		c := &catalogue{b: b, columns: map[string]string{}, keyed: map[string]hcl.Range{}}
		key := defaultKey
		if b.attribute("key") != nil {
			key, _ = l.text(b, "key", base)
		}
		l.names[blockProduct] = ensure(l.names[blockProduct])
		if first := l.names[blockProduct][b.name]; first != nil {
			l.fail(b, b.header(), "duplicate", fmt.Sprintf("There is a second product %q", b.name), "The first is at %s. A catalogue's products are product.%s[KEY].", l.place(first.header(), ""), b.name)
			continue
		}
		group := &block{syntax: b.syntax, kind: blockProduct, name: b.name, path: b.path, context: b.context, keys: []string{}}
		l.names[blockProduct][b.name] = group
		l.mapColumns(c, base)
		before := len(l.problems)
		columns, problems := readTable(s, func(r row) {
			if !l.full() {
				l.catalogueRow(c, group, key, r)
			}
		})
		if len(problems) == 0 {
			l.withoutColumn(c, columns, key, before)
		}
		l.tableProblems(b, problems)
		l.checkColumns(c, columns, key)
	}
}

func ensure(m map[string]*block) map[string]*block {
	if m == nil {
		m = map[string]*block{}
	}
	return m
}

// tableFile reads the file that a block names.
func (l *loader) tableFile(b *block, s scope) *source {
	name, ok := l.text(b, "file", s)
	if !ok {
		return nil
	}
	if !isTable(name) {
		l.fail(b, b.at("file"), "data", "That is no table by its name", "The name of a table ends in .csv, .json, .yaml or .yml.")
		return nil
	}
	text, err := l.readData(name)
	if err != nil {
		l.fail(b, b.at("file"), "data", "The file can't be read", "%s.", capital(err.Error()))
		return nil
	}
	full := l.dataName(name)
	if have := l.sources[full]; have != nil {
		return have
	}
	src := &source{name: full, src: []byte(text), body: &hclsyntax.Body{}}
	l.sources[full], l.tables[full] = src, true
	return src
}

func (l *loader) tableProblems(b *block, problems []tableProblem) {
	for _, p := range problems {
		l.fail(b, p.rng, "data", "The table can't be read here", "%s.", capital(p.message))
	}
}

// productColumns are the arguments of a product that a row may hold.
func productColumns() []string {
	t, _ := typeOf(blockProduct)
	return slices.DeleteFunc(t.names(), func(n string) bool { return n == argForEach })
}

// mapColumns says which column holds which argument: that of its name, or that
// which the block says.
func (l *loader) mapColumns(c *catalogue, s scope) {
	for _, name := range productColumns() {
		c.columns[name] = name
	}
	v, ok := l.known(c.b, "columns", s)
	if !ok {
		return
	}
	if !v.Type().IsObjectType() && !v.Type().IsMapType() {
		l.wrongType(c.b, "columns", "an object of argument = column", v)
		return
	}
	for it := v.ElementIterator(); it.Next(); {
		k, column := it.Element()
		switch {
		case column.Type() != cty.String || column.IsNull():
			l.wrongType(c.b, "columns", "text for each column", column)
		case !slices.Contains(productColumns(), k.AsString()):
			p := l.fail(c.b, c.b.at("columns"), "unknown_argument", fmt.Sprintf("A product has no %q", k.AsString()), "It has these: %s.", strings.Join(productColumns(), ", "))
			p.Suggestion = nearest.To(k.AsString(), productColumns())
		default:
			c.columns[k.AsString()] = column.AsString()
		}
	}
}

// withoutColumn says once for the file, and not for each row, that it has no
// column for the key or for something that a product needs.
func (l *loader) withoutColumn(c *catalogue, columns []string, key string, before int) {
	if len(columns) == 0 {
		return
	}
	lacks := map[string]bool{}
	if !slices.Contains(columns, key) {
		lacks[noName] = true
	}
	for _, a := range rowType().arguments {
		column := c.columns[a.name]
		if !a.required || slices.Contains(columns, column) || c.b.attribute(a.name) != nil {
			continue
		}
		lacks[missingSummary(a.name)] = true
		if column == a.name && (len(columns) > 1 || slices.Contains(columns, key)) { // else the block says so, and is told
			detail := fmt.Sprintf("A product has a %s: add the column, say which one it is with columns = { %s = ... }, or write it into the block for all rows. The columns are: %s.", a.name, a.name, strings.Join(columns, ", "))
			near := nearest.To(column, slices.DeleteFunc(slices.Clone(columns), func(n string) bool { return slices.Contains(productColumns(), n) }))
			l.fail(c.b, c.b.at("file"), "unknown_column", fmt.Sprintf("The file has no column %q", column), "%s", detail).Suggestion = near
		}
	}
	rest := slices.DeleteFunc(l.problems[before:], func(p Problem) bool { return lacks[p.Summary] && p.File != l.place(c.b.header(), "").File })
	l.problems = l.problems[:before+len(rest)]
}

// noName is what is said of a row without a key.
const noName = "The row has no name"

// checkColumns reports columns that the block names and the file doesn't have.
func (l *loader) checkColumns(c *catalogue, columns []string, key string) {
	if len(columns) == 0 {
		return // why was said
	}
	missing := func(argument, column string) {
		detail := fmt.Sprintf("Its columns are: %s.", strings.Join(columns, ", "))
		if len(columns) == 1 && strings.ContainsAny(columns[0], ";\t") {
			detail = "The first row has no comma and some of another sign: the cells of a CSV file are parted by commas."
		}
		p := l.fail(c.b, c.b.at(argument), "unknown_column", fmt.Sprintf("The file has no column %q", column), "%s", detail)
		p.Suggestion = nearest.To(column, columns)
	}
	if !slices.Contains(columns, key) {
		missing("key", key)
	}
	for _, name := range productColumns() {
		if column := c.columns[name]; column != name && !slices.Contains(columns, column) {
			missing("columns", column)
		}
	}
}

// catalogueRow makes the product block of one row.
func (l *loader) catalogueRow(c *catalogue, group *block, key string, r row) {
	k, ok := r.cells[key]
	if !ok {
		if len(c.keyed) > 0 || len(r.cells) > 0 {
			l.fail(c.b, r.rng, "data", noName, "Its cell in column %q is empty or missing: products are told apart by it.", key)
		}
		return
	}
	if first, twice := c.keyed[k.text]; twice {
		l.fail(c.b, k.rng, "duplicate", fmt.Sprintf("There is a second %q", k.text), "The first is at %s. A key is one product.", l.place(first, ""))
		return
	}
	c.keyed[k.text] = k.rng
	body := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: r.rng, EndRange: r.rng}
	for name, a := range c.b.syntax.Body.Attributes {
		if name != "file" && name != "key" && name != "columns" {
			body.Attributes[name] = a
		}
	}
	for _, name := range productColumns() {
		if x, ok := r.cells[c.columns[name]]; ok {
			body.Attributes[name] = &hclsyntax.Attribute{Name: name, Expr: l.cellExpr(name, x), SrcRange: x.rng, NameRange: x.rng, EqualsRange: x.rng}
		}
	}
	i := instance{key: k.text, repeated: true, value: l.rowValue(c, r)}
	one := &block{
		syntax: &hclsyntax.Block{Type: blockProduct, Labels: c.b.syntax.Labels, Body: body, TypeRange: r.rng, LabelRanges: []hcl.Range{k.rng}, OpenBraceRange: r.rng, CloseBraceRange: r.rng},
		kind:   blockProduct, name: instanceName(group.name, i), path: group.path, instance: i,
		context: fmt.Sprintf("%s, row %q", c.b.context, k.text),
	}
	l.checkShape(one, rowType())
	group.keys = append(group.keys, k.text)
	l.blocks[blockProduct] = append(l.blocks[blockProduct], one)
}

func rowType() blockType {
	t, _ := typeOf(blockProduct)
	return t
}

// rowValue gives each.value, where the catalogue's arguments use it.
func (l *loader) rowValue(c *catalogue, r row) cty.Value {
	uses := false
	for _, a := range c.b.syntax.Body.Attributes {
		for _, t := range a.Expr.Variables() {
			uses = uses || t.RootName() == "each"
		}
	}
	if !uses {
		return cty.EmptyObjectVal
	}
	cells := map[string]cty.Value{}
	for name, x := range r.cells {
		cells[name] = cty.StringVal(x.text)
	}
	return cty.ObjectVal(cells)
}

// cellExpr gives the expression that a cell stands for.
func (l *loader) cellExpr(name string, x cell) hclsyntax.Expression {
	value := cty.StringVal(x.text)
	switch name {
	case "tax", "deposit":
		return &hclsyntax.ScopeTraversalExpr{SrcRange: x.rng, Traversal: hcl.Traversal{
			hcl.TraverseRoot{Name: name, SrcRange: x.rng}, hcl.TraverseAttr{Name: strings.TrimPrefix(x.text, name+"."), SrcRange: x.rng},
		}}
	case "certified":
		list := &hclsyntax.TupleConsExpr{SrcRange: x.rng, OpenRange: x.rng}
		for _, word := range strings.FieldsFunc(x.text, func(r rune) bool { return strings.ContainsRune(" ;,|", r) }) {
			list.Exprs = append(list.Exprs, &hclsyntax.LiteralValueExpr{Val: cty.StringVal(word), SrcRange: x.rng})
		}
		return list
	case "age":
		if n, _, err := big.ParseFloat(x.text, 10, 64, big.ToNearestEven); err == nil && len(x.text) < 10 {
			value = cty.NumberVal(n)
		}
	case "free":
		if x.text == "true" || x.text == "false" {
			value = cty.BoolVal(x.text == "true")
		}
	case "price", "label_price":
		if plainNumber(x.text) && l.store.Currency != "" {
			value = cty.StringVal(x.text + " " + string(l.store.Currency)) // all money of a store is in one
		}
	}
	return &hclsyntax.LiteralValueExpr{Val: value, SrcRange: x.rng}
}

func plainNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789.") == "" && strings.Count(s, ".") < 2
}

// planogramFile adds the facings of a planogram's file: columns at, product and
// depth, or shelf and bay instead of at.
func (l *loader) planogramFile(b *block, s scope, add func(c *block)) {
	if b.attribute("file") == nil {
		return
	}
	src := l.tableFile(b, s)
	if src == nil {
		return
	}
	known := []string{"at", "shelf", "bay", "product", "depth"}
	n := 0
	columns, problems := readTable(src, func(r row) {
		n++
		body := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: r.rng, EndRange: r.rng}
		set := func(name string, x cell, e hclsyntax.Expression) {
			body.Attributes[name] = &hclsyntax.Attribute{Name: name, Expr: e, SrcRange: x.rng, NameRange: x.rng, EqualsRange: x.rng}
		}
		if x, ok := r.cells["at"]; ok {
			set("at", x, l.cellReference(x, x.text))
		} else if shelf, ok := r.cells["shelf"]; ok {
			bay := cell{"1", shelf.rng}
			if x, ok := r.cells["bay"]; ok {
				bay = x
			}
			address := shelf.text
			if !strings.Contains(address, ".") {
				address = "weight_shelf." + address
			}
			set("at", shelf, l.cellReference(shelf, address+".bay["+bay.text+"]"))
		}
		if x, ok := r.cells["product"]; ok {
			text := x.text
			if address, ok := l.byCode(text); ok {
				set("product", x, &hclsyntax.LiteralValueExpr{Val: reference(blockProduct, address), SrcRange: x.rng})
			} else {
				set("product", x, l.cellReference(x, text))
			}
		}
		if x, ok := r.cells["depth"]; ok {
			set("depth", x, l.cellExpr("age", x))
		}
		c := &block{syntax: &hclsyntax.Block{Type: blockFacing, Body: body, TypeRange: r.rng, OpenBraceRange: r.rng, CloseBraceRange: r.rng}, kind: blockFacing, path: b.path, context: fmt.Sprintf("%s, row %d", b.context, n)}
		facing, _ := typeOf(blockFacing)
		l.checkShape(c, facing)
		add(c)
	})
	l.tableProblems(b, problems)
	for _, column := range columns {
		if !slices.Contains(known, column) && nearest.To(column, known) != "" && !slices.Contains(columns, nearest.To(column, known)) {
			l.fail(b, b.at("file"), "unknown_column", fmt.Sprintf("The file has a column %q", column), "A planogram's are: %s.", strings.Join(known, ", ")).Suggestion = nearest.To(column, known)
		}
	}
}

// cellReference parses a cell as a reference, at its place.
func (l *loader) cellReference(x cell, text string) hclsyntax.Expression {
	e, diags := hclsyntax.ParseExpression([]byte(text), x.rng.Filename, x.rng.Start)
	if diags.HasErrors() || strings.Contains(text, "\n") {
		return &hclsyntax.LiteralValueExpr{Val: cty.StringVal(text), SrcRange: x.rng}
	}
	if t, ok := e.(*hclsyntax.ScopeTraversalExpr); ok {
		for i := range t.Traversal { // places of what is made up are those of the cell
			switch step := t.Traversal[i].(type) {
			case hcl.TraverseRoot:
				step.SrcRange = x.rng
				t.Traversal[i] = step
			case hcl.TraverseAttr:
				step.SrcRange = x.rng
				t.Traversal[i] = step
			case hcl.TraverseIndex:
				step.SrcRange = x.rng
				t.Traversal[i] = step
			}
		}
		t.SrcRange = x.rng
		return t
	}
	return &hclsyntax.LiteralValueExpr{Val: cty.StringVal(text), SrcRange: x.rng}
}

// byCode gives the product of a GTIN that is written in digits.
func (l *loader) byCode(text string) (string, bool) {
	g, err := gs1.ParseGTIN(text)
	if err != nil {
		return "", false
	}
	address, ok := l.byGTIN[g]
	return address, ok
}

// dataName is how problems call a file of data: as they call the store's.
func (l *loader) dataName(name string) string {
	full := name
	if !filepath.IsAbs(full) {
		full = filepath.Join(l.dir, full)
	}
	rel, err := filepath.Rel(l.home(), full)
	if err != nil || !filepath.IsLocal(rel) {
		return full
	}
	return filepath.ToSlash(rel)
}

// shed lets go of what a row said once it is decoded: there may be a hundred
// thousand. Its place stays.
func (b *block) shed() {
	b.syntax = &hclsyntax.Block{
		Type: b.syntax.Type, Labels: b.syntax.Labels, Body: &hclsyntax.Body{Attributes: hclsyntax.Attributes{}},
		TypeRange: b.syntax.TypeRange, LabelRanges: b.syntax.LabelRanges, OpenBraceRange: b.syntax.OpenBraceRange, CloseBraceRange: b.syntax.CloseBraceRange,
	}
	b.instance.value = cty.NilVal
}
