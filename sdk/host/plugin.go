package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/config"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// Plugin is one running plugin. Its methods may be called at once.
type Plugin struct {
	conn grpc.ClientConnInterface
	base pb.PluginClient

	mu      sync.Mutex
	sources map[source]*progress
	again   map[uint32]uint64 // duplicates of openings that are forgotten, by device
	acks    map[source]uint64
	unsent  uint64 // reports that acks stand for
	ackWake chan struct{}
	ackNow  chan struct{}
	stats   Stats
	// commands is the command stream, made at the first command and again where
	// it ended. Its goroutine ends with it, at the latest with the connection.
	commands *line
	direct   *Direct              // how to make one of its own connection
	agent    Clock                // of the agent between, nil for none
	calls    chan struct{}        // holds one token a call in its turn
	listens  atomic.Int32         // streams of notices
	open     atomic.Pointer[line] // it, once it stands
}

type source struct {
	handle uint32
	epoch  uint64
}

// New makes the host's end of a plugin over a connection. It starts nothing.
func New(conn grpc.ClientConnInterface) *Plugin {
	return &Plugin{conn: conn, base: pb.NewPluginClient(conn), sources: map[source]*progress{}, again: map[uint32]uint64{},
		calls: make(chan struct{}, maxCalls), acks: map[source]uint64{}, ackWake: make(chan struct{}, 1), ackNow: make(chan struct{}, 1)}
}

// Conn is the connection that New was given. An agent forwards calls over it.
func (p *Plugin) Conn() grpc.ClientConnInterface { return p.conn }

// Description is what a plugin says of itself.
type Description struct {
	// Name is vendor/product, Version a semantic version.
	Name, Version string
	// Contract is the version of the contract it was built against.
	Contract int
	Drivers  []DriverInfo
	// Needs are what the plugin uses of its machine. They have passed Check.
	Needs Needs
}

// Needs are what a plugin uses of the machine it runs on.
type Needs = class.Needs

// DriverInfo describes one driver of a plugin.
type DriverInfo struct {
	Name, Class, Doc string
	Schema           config.Schema
	// Processing is what a payment processor can do, and has passed Check; nil
	// for any other class.
	Processing *class.Processing `json:",omitempty"`
}

// Driver gives the driver of a name.
func (d Description) Driver(name string) (DriverInfo, bool) {
	for _, i := range d.Drivers {
		if i.Name == name {
			return i, true
		}
	}
	return DriverInfo{}, false
}

// small is the option of every call whose answer is.
var small = grpc.MaxCallRecvMsgSize(wire.MaxStatement)

// maxHealths bounds the devices of one health: as many as a plugin may open.
const maxHealths = 2048

// The bounds of what a plugin says of itself, in bytes.
const (
	maxNameText = 256
	maxDocText  = 4 << 10
)

// maxDrivers bounds the drivers of one plugin.
const maxDrivers = 256

// Describe asks the plugin what it is. It touches no device.
func (p *Plugin) Describe(ctx context.Context) (Description, error) {
	var r *pb.DescribeResponse
	err := call(ctx, "describe", func(ctx context.Context, o grpc.CallOption) (err error) {
		r, err = p.base.Describe(ctx, &pb.DescribeRequest{}, o, small)
		return err
	})
	if err != nil {
		return Description{}, err
	}
	d := Description{Name: wire.Bound(r.GetName(), maxNameText), Version: wire.Bound(r.GetVersion(), maxNameText), Contract: int(min(r.GetContract(), math.MaxInt32))}
	if len(r.GetDrivers()) > maxDrivers {
		return d, fault.Errorf(fault.Invalid, "describe: %d drivers, the limit is %d", len(r.GetDrivers()), maxDrivers)
	}
	d.Needs = wire.NeedsFrom(r.GetNeeds())
	if err := d.Needs.Check(); err != nil {
		return d, fault.Wrap(fault.Invalid, "describe: needs", err)
	}
	for _, v := range r.GetDrivers() {
		s, err := wire.SchemaOf(v.GetSchema())
		if err != nil {
			return d, fault.Wrap(fault.Invalid, fmt.Sprintf("describe: schema of driver %q", v.GetName()), err)
		}
		processing, err := processingOf(v)
		if err != nil {
			return d, fault.Wrap(fault.Invalid, fmt.Sprintf("describe: capabilities of driver %q", wire.Bound(v.GetName(), maxNameText)), err)
		}
		d.Drivers = append(d.Drivers, DriverInfo{Name: wire.Bound(v.GetName(), maxNameText), Class: wire.Bound(v.GetClass(), maxNameText),
			Doc: wire.Bound(v.GetDoc(), maxDocText), Schema: s, Processing: processing})
	}
	return d, nil
}

// processingOf gives what a driver of processors says that they can do.
func processingOf(v *pb.Driver) (*class.Processing, error) {
	switch declared := v.GetProcessing() != nil; {
	case v.GetClass() == classPayment && !declared:
		return nil, errors.New("a driver of payment processors must declare what they can do")
	case v.GetClass() != classPayment && declared:
		return nil, fmt.Errorf("a %s processes no payments", wire.Bound(v.GetClass(), maxNameText))
	}
	return wire.ProcessingFrom(v.GetProcessing())
}

// classPayment is the class of payment processors.
const classPayment = "payment"

// OpenRequest says which device to open.
type OpenRequest struct {
	// Handle is the host's number for the device, unique among the plugin's.
	Handle uint32
	// Epoch is unique across hosts and journals, not zero, and grows with each
	// opening of the device.
	Epoch uint64
	// Driver is the driver's name, Address the device's in the store.
	Driver, Address string
	// Config is the config block as JSON (package config says how).
	Config json.RawMessage
	// Points are the addresses of the device's points by their own names.
	Points map[string]string
	Safety class.Safety
}

// Opened is what a device says of itself when it opens.
type Opened struct {
	Identity class.Identity
	// Abilities are the optional abilities that this device has, such as
	// "shelf.tare".
	Abilities []string
}

// Open opens a device. An error of code invalid may name the attribute that is
// to blame (fault.PathOf). A device that is open under an older epoch is closed
// first.
func (p *Plugin) Open(ctx context.Context, r OpenRequest) (Opened, error) {
	// Evidence may come before the answer to Open does.
	p.expect(source{r.Handle, r.Epoch})
	var a *pb.OpenResponse
	op := "open " + r.Address
	err := p.inTurn(ctx, op, func() error {
		return call(ctx, op, func(ctx context.Context, o grpc.CallOption) (err error) {
			a, err = p.base.Open(ctx, &pb.OpenRequest{
				Handle: r.Handle, Epoch: r.Epoch, Driver: r.Driver, Address: r.Address, ConfigJson: r.Config, Points: r.Points,
				Safety: &pb.Safety{FreeExitAfterMs: uint32(min(max(r.Safety.FreeExitAfter/time.Millisecond, 0), math.MaxUint32))}, //nolint:gosec // bounded
			}, o, small)
			return err
		})
	})
	if err != nil {
		return Opened{}, err
	}
	return Opened{
		Identity: class.Identity{Model: wire.Bound(a.GetModel(), maxNameText), SerialNumber: wire.Bound(a.GetSerialNumber(), maxNameText),
			Firmware: wire.Bound(a.GetFirmware(), maxNameText)},
		Abilities: abilities(a.GetAbilities()),
	}, nil
}

// maxAbilities bounds the abilities of one device.
const maxAbilities = 64

// abilities bounds what a plugin says that a device can do.
func abilities(list []string) (out []string) {
	for _, a := range list[:min(len(list), maxAbilities)] {
		out = append(out, wire.Bound(a, maxNameText))
	}
	return out
}

// Close closes a device. Closing a closed one is no error. What it reported
// before still comes.
func (p *Plugin) Close(ctx context.Context, handle uint32, epoch uint64) error {
	_, err := p.Finish(ctx, handle, epoch)
	return err
}

// Finish closes a device as Close does and gives the number of its last report;
// 0 where it reported nothing, was closed already or the plugin does not tell.
func (p *Plugin) Finish(ctx context.Context, handle uint32, epoch uint64) (last uint64, err error) {
	err = p.inTurn(ctx, "close", func() error {
		return call(ctx, "close", func(ctx context.Context, o grpc.CallOption) error {
			r, err := p.base.Close(ctx, &pb.CloseRequest{Handle: handle, Epoch: epoch}, o, small)
			last = r.GetReported()
			return err
		})
	})
	return last, err
}

// DeviceHealth is a device's condition as the plugin sees it.
type DeviceHealth struct {
	Handle uint32
	Epoch  uint64
	class.Condition
	// Reported counts the device's reports, Acknowledged those that the host
	// made durable, Lost those that a gap stands for.
	Reported, Acknowledged, Lost uint64
	// Refused counts the commands of other epochs that the plugin refused: of a
	// host that does not know yet that the device was opened by another.
	Refused uint64
	// Readings are the newest of what the device measures, checked and by name,
	// on the plugin's clock. Nil is no word of them: what was there stands. Unfit
	// is why some were not taken; nil where all were.
	Readings []class.Reading
	Unfit    error
}

// healthWithin is how long a health may take where ctx has no deadline.
const healthWithin = 5 * time.Second

// Health asks how all open devices are. It takes no longer than five seconds.
func (p *Plugin) Health(ctx context.Context) ([]DeviceHealth, error) {
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	var r *pb.HealthResponse
	err := call(ctx, "health", func(ctx context.Context, o grpc.CallOption) (err error) {
		r, err = p.base.Health(ctx, &pb.HealthRequest{}, o, small)
		return err
	})
	if err != nil {
		return nil, err
	}
	if n := len(r.GetDevices()); n > maxHealths {
		return nil, fault.Errorf(fault.Invalid, "health: %d devices, the limit is %d", n, maxHealths)
	}
	var all []DeviceHealth
	for _, d := range r.GetDevices() {
		state := class.StateUnknown
		if s := d.GetState(); s > 0 && s <= pb.HealthState(class.StateFailed) {
			state = class.State(s) //nolint:gosec // bounded just above
		}
		power := class.PowerUnknown
		if s := d.GetPower(); s > 0 && s <= pb.PowerState(class.PowerOffOffline) {
			power = class.Power(s) //nolint:gosec // bounded just above
		}
		readings, unfit := readingsOf(d.GetReadings())
		all = append(all, DeviceHealth{
			Readings: readings, Unfit: unfit,
			Handle: d.GetHandle(), Epoch: d.GetEpoch(),
			Condition: class.Condition{State: state, Cause: wire.Bound(d.GetCause(), wire.MaxFaultText), Power: power},
			Reported:  d.GetReported(), Acknowledged: d.GetAcknowledged(), Lost: d.GetLost(),
			Refused: d.GetRefused(),
		})
	}
	return all, nil
}

// StatusOf makes the gRPC error that carries err to the other end of the wire,
// for an agent, which answers in a plugin's place. It is nil for nil.
func StatusOf(err error) error { return wire.StatusOf(err) }

// Stack gives the stack of the panic in vendor code that err tells of, or "".
func Stack(err error) string { return wire.StackOf(err) }
