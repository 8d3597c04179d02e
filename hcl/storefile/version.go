package storefile

import (
	"fmt"
	"strconv"
	"strings"

	goversion "github.com/hashicorp/go-version"
)

// Versions is implemented by Schemas that know what version each plugin is of.
// Where it isn't, a plugin's version is checked for its form alone.
type Versions interface {
	// Version gives the version that a plugin said it is of, and false where
	// it couldn't be asked.
	Version(plugin string) (version string, known bool)
}

// version gives a plugin's version constraint, and reports one that is none or
// that the plugin doesn't meet.
func (l *loader) version(b *block, s scope) string {
	text, ok := l.text(b, "version", s)
	if !ok {
		return ""
	}
	wanted, err := goversion.NewConstraint(text)
	if err != nil {
		p := l.fail(b, b.at("version"), "version", "That is no version constraint",
			"%q can't be read. Write a version, or a bound such as \"~> 1.4\" or \">= 1.4, < 3\".", text)
		elsewhere := strings.NewReplacer("=~", "~>", "~=", "~>", "^", "~> ", "=>", ">=", "=<", "<=", "~ ", "~> ").Replace(text)
		if _, err := goversion.NewConstraint(elsewhere); err == nil {
			p.Suggestion = strconv.Quote(elsewhere)
		}
		return text
	}
	versions, ok := l.opts.Schemas.(Versions)
	if !ok {
		return text
	}
	said, known := versions.Version(b.name)
	if !known {
		return text
	}
	found, err := goversion.NewVersion(said)
	switch {
	case err != nil:
		l.fail(b, b.at("version"), "version", fmt.Sprintf("Plugin %q says no version", b.name),
			"Wanted is %s, found is %q, which is no version. Tell its vendor, or remove the line.", text, said)
	case !wanted.Check(found):
		l.fail(b, b.at("version"), "version", fmt.Sprintf("Plugin %q is of another version", b.name),
			"Wanted is %s, found is %s. Change the line, or name a source of the version that is wanted.", text, said)
	}
	return text
}
