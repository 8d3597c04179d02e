package mfrc522

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openaisle/aisle/plugins/gpio/internal/cells"
	"github.com/openaisle/aisle/sdk/fault"
)

// Conn is an SPI device (periph's spi.Conn is one).
type Conn interface {
	// Tx sends w, and puts what came meanwhile into r, which is as long or nil.
	Tx(w, r []byte) error
}

// Chip is a chip that is set up.
type Chip struct {
	conn Conn
	gain byte
	// Version is what the chip says that it is: 0x91 and 0x92 are NXP's.
	Version byte
}

// What a card or the chip may answer.
var (
	errNone      = errors.New("no card answers")
	errGarbled   = errors.New("a card's answer came over damaged")
	errCollision = errors.New("two cards answer at once")
	errRestarted = errors.New("the chip was restarted: its power was away")
	errAbsent    = errors.New("no MFRC522 answers: is it powered, is NRSTPD high, and are MOSI and MISO the right way round?")
	errHangs     = errors.New("the chip does not end a command")
)

const (
	// resetWithin is how long the chip takes to be reset; its oscillator needs less
	// than 1 ms (section 8.8).
	resetWithin = 50 * time.Millisecond
	// answerWithin is how long a command may take. The chip's own timer ends it
	// after 5 ms.
	answerWithin = 100 * time.Millisecond
	// step is how often the chip is asked meanwhile.
	step = time.Millisecond / 2
	// fifo is how many bytes the chip holds.
	fifo = 64
)

// Start resets a chip and switches its antenna on.
func Start(ctx context.Context, conn Conn, gain int) (*Chip, error) {
	c := &Chip{conn: conn, gain: gains[gain]}
	return c, c.start(ctx)
}

func (c *Chip) start(ctx context.Context) (err error) {
	if err := c.write(regCommand, commandReset); err != nil {
		return fault.Wrap(fault.Unavailable, "reset the chip", err)
	}
	if c.Version, err = c.read(regVersion); err != nil {
		return fault.Wrap(fault.Unavailable, "ask for its version", err)
	}
	if c.Version == 0x00 || c.Version == 0xFF {
		return fault.Wrap(fault.Unavailable, "ask for its version", errAbsent)
	}
	for n := 0; ; n++ {
		b, err := c.read(regCommand)
		if err != nil {
			return fault.Wrap(fault.Unavailable, "reset the chip", err)
		}
		if b&commandPowerDown == 0 {
			break
		}
		if time.Duration(n)*step > resetWithin {
			return fault.Wrap(fault.Unavailable, "reset the chip", errHangs)
		}
		if err := cells.Wait(ctx, step); err != nil {
			return err
		}
	}
	for _, s := range []struct{ reg, value byte }{
		{regTMode, timerAuto}, {regTPrescaler, timerPrescale}, {regTReloadH, timerSteps >> 8}, {regTReloadL, timerSteps & 0xFF},
		{regTxASK, forceASK}, {regMode, modeCRC6363}, {regRFCfg, c.gain << 4}, {regColl, 0}, {regTxControl, txControl},
	} {
		if err := c.write(s.reg, s.value); err != nil {
			return fault.Wrap(fault.Unavailable, "set the chip up", err)
		}
	}
	return nil
}

// Stop switches the antenna off and powers the chip down.
func (c *Chip) Stop() error { return c.write(regCommand, commandPowerDown) }

// alive says whether the chip still is as Start left it.
func (c *Chip) alive() error {
	b, err := c.read(regTxControl)
	switch {
	case err != nil:
		return err
	case b&antenna != antenna || b == 0xFF:
		return errRestarted
	}
	return nil
}

// exchange sends some bits to the field, whole bytes where last is zero, and gives what
// a card answers: bytes, and how many bits of the last, zero for all.
func (c *Chip) exchange(ctx context.Context, data []byte, last byte) ([]byte, byte, error) {
	// What an earlier command left behind, interrupts and bytes, goes first.
	for _, s := range [][]byte{
		{regCommand, commandIdle}, {regComIrq, irqAll}, {regFIFOLevel, fifoFlush}, append([]byte{regFIFOData}, data...),
		{regBitFraming, last}, {regCommand, commandTransceive}, {regBitFraming, framingSend | last},
	} {
		if err := c.write(s[0], s[1:]...); err != nil {
			return nil, 0, err
		}
	}
	if err := c.answered(ctx); err != nil {
		return nil, 0, err
	}
	wrong, err := c.read(regError)
	switch {
	case err != nil:
		return nil, 0, err
	case wrong&errorCollision != 0:
		return nil, 0, errCollision
	case wrong&errorOthers != 0:
		return nil, 0, errGarbled
	}
	n, err := c.read(regFIFOLevel)
	if err != nil || n == 0 || n > fifo {
		return nil, 0, errors.Join(err, errGarbled)
	}
	control, err := c.read(regControl)
	if err != nil {
		return nil, 0, err
	}
	answer, err := c.readMany(regFIFOData, int(n))
	return answer, control & lastBits, err
}

// answered waits until a card has answered, or the chip's timer says that none does.
func (c *Chip) answered(ctx context.Context) error {
	for range answerWithin / step {
		irq, err := c.read(regComIrq)
		switch {
		case err != nil:
			return err
		case irq == 0xFF:
			return errRestarted // its highest bit always reads zero
		case irq&(irqRx|irqIdle) != 0:
			return nil
		case irq&irqTimer != 0:
			return errNone
		}
		if err := cells.Wait(ctx, step); err != nil {
			return err
		}
	}
	return errHangs
}

// write writes to a register, which for the FIFO may be more than one byte.
func (c *Chip) write(reg byte, values ...byte) error {
	if err := c.conn.Tx(append([]byte{reg << 1}, values...), nil); err != nil {
		return fmt.Errorf("write to the chip: %w", err)
	}
	return nil
}

func (c *Chip) read(reg byte) (byte, error) {
	b, err := c.readMany(reg, 1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

// readMany reads a register n times: each byte sent names the register whose value comes
// with the next (section 8.1.2.1).
func (c *Chip) readMany(reg byte, n int) ([]byte, error) {
	w, r := make([]byte, n+1), make([]byte, n+1)
	for i := range n {
		w[i] = 0x80 | reg<<1
	}
	if err := c.conn.Tx(w, r); err != nil {
		return nil, fmt.Errorf("read the chip: %w", err)
	}
	return r[1:], nil
}
