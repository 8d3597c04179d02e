package platform

import (
	"context"
	"encoding/binary"
	"log/slog"
	"time"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
	"github.com/openaisle/aisle/plugins/osdp/internal/panel"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/credential/badge"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// Palm is the config block of a reader that recognises people by itself.
type Palm struct {
	Line
	Reader   int           `aisle:"reader,min=0,max=7" default:"0" doc:"The number of the reader at its peripheral."`
	TokenKey string        `aisle:"token_key,required,sensitive" doc:"The store's key that seals the device's own names of people: 16 characters or more. Another key makes other tokens, so everybody is enrolled anew."`
	Again    time.Duration `aisle:"again,min=0s,max=10s" default:"2s" doc:"Somebody who is recognised again within this time is still the same presentation."`
	Enrols   bool          `aisle:"enrols" doc:"The device takes the commands of plugins/osdp/osdpsim to learn and to forget somebody (osdp_MFG). Without them people are enrolled and erased at the device."`
}

// Palm opens a reader that recognises people by itself.
func (l *Lines) Palm(ctx context.Context, env sdk.Env, c Palm) (credential.Reader, error) {
	n, err := newNames(c.TokenKey)
	if err != nil {
		return nil, err
	}
	s, err := l.join(ctx, c.Line)
	if err != nil {
		return nil, err
	}
	p := &palm{device: device{s}, config: c, names: n, log: env.Log}
	if c.Enrols {
		return &learner{p}, nil
	}
	return p, nil
}

// palm is one whose people are enrolled at the device.
type palm struct {
	device
	config Palm
	names  names
	held   badge.Held
	log    *slog.Logger
}

// attributes are what every credential of such a reader has: see
// observe.AttributeEnrolment.
var attributes = []string{observe.AttributeEnrolment + "=" + observe.EnrolmentNeeded}

// Run reports whom the device recognised (credential.Reader).
func (p *palm) Run(ctx context.Context, report func(observe.Credential)) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e, ok := <-p.Events:
			if !ok {
				return errDeaf
			}
			if c, is := e.(panel.Card); is && int(c.Reader) == p.config.Reader {
				p.recognised(c.Card, report)
			}
		}
	}
}

// recognised reports somebody. The device matched: how well stays there.
func (p *palm) recognised(c osdp.Card, report func(observe.Credential)) {
	if len(c.Data) > maxName {
		if p.log != nil {
			p.log.Warn("the device says more than a name of somebody: it is not taken", "bytes", len(c.Data), "limit", maxName)
		}
		return
	}
	now := time.Now()
	token := p.names.token(c)
	if p.held.Again(token, now, p.config.Again) {
		return
	}
	report(observe.Credential{Interval: observe.At(now), Token: token, Method: observe.MethodPalm, Quality: measure.Certain, Attributes: attributes})
}

// learner is one that can be told to learn and to forget.
type learner struct{ *palm }

// What a device is told by osdp_MFG. The standard has no such commands
// (osdp_BIOREAD hands over a template, which is never asked for); these are
// those of osdpsim, under the OUI that the peripheral says it is of.
const (
	tellEnrol  = 1 // and the reader, and for how many seconds, in two bytes
	tellForget = 2 // and the reader, the number of bits in two bytes, and the name
)

// maxEnrol is the longest that a device is told to wait.
const maxEnrol = 10 * time.Minute

// Enrol has the device learn whom is presented next (credential.Enroller).
func (l *learner) Enrol(ctx context.Context, e credential.Enrolment) error {
	left := min(time.Until(e.Expires), maxEnrol)
	if left <= 0 {
		return fault.New(fault.Refused, "the enrolment is over")
	}
	seconds := uint16((left + time.Second - 1) / time.Second) //nolint:gosec // at most maxEnrol
	return l.tell(ctx, binary.LittleEndian.AppendUint16([]byte{tellEnrol, byte(l.config.Reader)}, seconds))
}

// Forget has the device erase somebody (credential.Forgetter). Who is meant by a token
// of another key nobody can tell it, and that is not said to be done: they may be on it.
func (l *learner) Forget(ctx context.Context, token string) error {
	c, ok := l.names.open(token)
	if !ok {
		return errOtherKey
	}
	return l.tell(ctx, append(binary.LittleEndian.AppendUint16([]byte{tellForget, byte(l.config.Reader)}, uint16(c.Bits)), c.Data...)) //nolint:gosec // of two bytes on the wire
}

var errOtherKey = fault.New(fault.Refused, "the token was not made with this token_key, so the device can't be told whom to forget: erase them there")

func (l *learner) tell(ctx context.Context, said []byte) error {
	i, ok := l.Station.Identity()
	if !ok {
		return fault.Errorf(fault.Unavailable, "%s", l.Condition().Cause)
	}
	return l.Do(ctx, osdp.Mfg, osdp.Maker(i.Vendor, said...))
}
