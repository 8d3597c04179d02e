package class

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk/config"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
)

// Driver opens devices of one class and model. A class package's Driver
// function makes it; a vendor hands it to the SDK and doesn't look inside.
type Driver struct {
	// Name is the second part of a store file's driver reference.
	Name string
	// Class is the device class, such as "gate".
	Class string
	// Doc is one paragraph for the integrator.
	Doc string
	// Schema is the shape of the config block.
	Schema config.Schema
	// Processing is what a payment processor can do; nil for any other class.
	Processing *Processing

	err      error
	open     func(ctx context.Context, env Env, doc []byte) (Device, error)
	register func(grpc.ServiceRegistrar, Commands)
}

// WithDoc gives the driver its paragraph for the integrator.
func (d Driver) WithDoc(doc string) Driver {
	d.Doc = doc
	return d
}

// Check says what is wrong with the driver itself, such as a configuration
// struct without tags.
func (d Driver) Check() error {
	switch {
	case d.err != nil:
		return fmt.Errorf("driver %s: %w", d.Name, d.err)
	case d.Name == "" || d.Class == "":
		return errors.New("a driver without name or class")
	case d.open == nil:
		return fmt.Errorf("driver %s: has no open function; make it with its class's Driver", d.Name)
	case d.Processing != nil:
		if err := d.Processing.Check(); err != nil {
			return fmt.Errorf("driver %s: capabilities: %w", d.Name, err)
		}
	}
	return nil
}

// Open decodes the configuration and opens a device.
func (d Driver) Open(ctx context.Context, env Env, doc []byte) (Device, error) {
	return d.open(ctx, env, doc)
}

// Register registers the class's command service, if it has one.
func (d Driver) Register(s grpc.ServiceRegistrar, c Commands) {
	if d.register != nil {
		d.register(s, c)
	}
}

// Device is an open device as the SDK holds it.
type Device struct {
	// Value is what the vendor's open function returned.
	Value any
	// Run is its blocking loop.
	Run func(ctx context.Context, report Reporter) error
	// Abilities are the optional abilities it has, such as "shelf.tare".
	Abilities []string
}

// Class is what the SDK needs to know of a device class beyond its name. D is
// the interface that vendors implement.
type Class[D any] struct {
	// Name is the class's word, such as "gate".
	Name string
	// Run runs a device's loop; nil for a class that reports no evidence.
	Run func(d D, ctx context.Context, report Reporter) error
	// Abilities gives the optional abilities of a device; nil for none.
	Abilities func(d D) []string
	// Register registers the class's command service; nil for none.
	Register func(grpc.ServiceRegistrar, Commands)
}

// Sensing is a class that only reports evidence of one kind. Run is the method
// expression of the interface's Run, so such a class is one line:
//
//	var reader = class.Sensing("credential", Reader.Run)
func Sensing[D any, E observe.Evidence](name string, run func(D, context.Context, func(E)) error) Class[D] {
	return Class[D]{Name: name, Run: func(d D, ctx context.Context, report Reporter) error {
		return run(d, ctx, reportOf[E](report))
	}}
}

// Define makes a driver of a class from a vendor's open function, whose
// configuration C is a tagged struct (see package config).
func Define[D, C any](c Class[D], name string, open func(context.Context, Env, C) (D, error)) Driver {
	d := Driver{Name: name, Class: c.Name, register: c.Register}
	d.Schema, d.err = config.SchemaOf[C]()
	d.open = func(ctx context.Context, env Env, doc []byte) (Device, error) {
		conf, err := config.Decode[C](doc)
		if err != nil {
			return Device{}, fault.During("read config", err)
		}
		value, err := open(ctx, env, conf)
		if err != nil {
			return Device{}, err
		}
		if any(value) == nil {
			return Device{}, fault.New(fault.Internal, "open returned neither a device nor an error")
		}
		dev := Device{Value: value}
		if c.Run != nil {
			dev.Run = func(ctx context.Context, report Reporter) error { return c.Run(value, ctx, report) }
		}
		if c.Abilities != nil {
			dev.Abilities = c.Abilities(value)
		}
		return dev, nil
	}
	return d
}
