// Package config turns a driver's configuration struct into a schema, checks
// values against a schema, and decodes them into the struct.
//
// A vendor writes a struct with tags and nothing else. The schema travels to
// the host, where the integrator's config block is checked on its own line; the
// driver's open function receives the decoded struct.
//
//	type Config struct {
//		Addr    string        `aisle:"addr,required,dial" doc:"Host and port of the controller."`
//		Timeout time.Duration `aisle:"timeout,min=10ms,max=1m" default:"2s"`
//		Mode    string        `aisle:"mode,one_of=swing|slide" default:"slide"`
//		Key     string        `aisle:"key,sensitive"`
//		Lanes   []Lane        `aisle:"lane,min=1"`
//	}
//
// One of dial, listen, device, read and write says that the value names a host
// and port, a port, a device node, or a file or folder that the plugin uses: the
// host grants a plugin what its store's file names so, and keeps the rest of the
// machine from it (Access).
//
// A value travels as a JSON object. Integers and numbers are JSON numbers, a
// time.Duration is an integer of nanoseconds and a measure.Mass one of
// milligrams. A struct field is a nested block that may occur once and is an
// object; a slice of structs is a block that may occur often and is a list of
// objects. An embedded struct without a tag is no block: its fields are the outer
// struct's, for what several drivers have in common. Paths in errors are written as in HCL, counted from zero:
// "lane[0].port".
//
// The package reads no file and knows no HCL. It uses reflection. It promises
// that what it decodes has passed the schema's checks, and that the value of a
// sensitive attribute is never part of a message.
package config
