package mfrc522

import (
	"context"
	"errors"
	"fmt"
)

// The commands of ISO/IEC 14443-3 type A (sections 6.4 and 6.5).
const (
	wakeUp     = 0x52 // WUPA, 7 bits
	wakeBits   = 7
	anticoll   = 0x20 // NVB: nothing of the UID is known
	selectAll  = 0x70 // NVB: all of it
	cascadeTag = 0x88
	moreToCome = 0x04 // SAK: the UID has another part
	random     = 0x08 // the first byte of a UID that is made up each time
)

// levels are the commands of the three parts that a UID can have.
var levels = []byte{0x93, 0x95, 0x97}

// Card asks for the card in the field, and gives its UID: 4, 7 or 10 bytes. It is errNone
// where there is none.
func (c *Chip) Card(ctx context.Context) ([]byte, error) {
	// A card that was read before sleeps; waking it too is how it is seen to stay.
	// Cards of different kinds collide here and are told apart below.
	// One that was left half-way goes to sleep at the first call.
	_, _, err := c.exchange(ctx, []byte{wakeUp}, wakeBits)
	if errors.Is(err, errNone) {
		_, _, err = c.exchange(ctx, []byte{wakeUp}, wakeBits)
	}
	if err != nil && !errors.Is(err, errCollision) {
		return nil, err
	}
	var uid []byte
	for _, level := range levels {
		part, more, err := c.part(ctx, level)
		if err != nil {
			// One that answered and is silent now is at the edge of the field.
			if errors.Is(err, errNone) {
				err = errGarbled
			}
			return nil, err
		}
		uid = append(uid, part...)
		if !more {
			return uid, c.sleep(ctx)
		}
	}
	return nil, fmt.Errorf("%w: its UID has no end", errGarbled)
}

// part gets a part of the UID, and selects the card by it.
func (c *Chip) part(ctx context.Context, level byte) (uid []byte, more bool, err error) {
	answer, last, err := c.exchange(ctx, []byte{level, anticoll}, 0)
	if err != nil {
		return nil, false, err
	}
	uid, err = Part(answer)
	if err != nil || last != 0 {
		return nil, false, errors.Join(err, errGarbled)
	}
	sak, last, err := c.exchange(ctx, withCRC(append([]byte{level, selectAll}, answer...)), 0)
	if err != nil {
		return nil, false, err
	}
	more, err = SAK(sak)
	if err != nil || last != 0 {
		return nil, false, errors.Join(err, errGarbled)
	}
	if more != (uid[0] == cascadeTag) {
		return nil, false, fmt.Errorf("%w: it says both that its UID goes on and that it ends", errGarbled)
	}
	if more {
		uid = uid[1:]
	}
	return uid, more, nil
}

// sleep halts the card: it answers nothing but a wake-up. That it says nothing is its
// answer.
func (c *Chip) sleep(ctx context.Context) error {
	if _, _, err := c.exchange(ctx, withCRC([]byte{0x50, 0x00}), 0); err != nil && !errors.Is(err, errNone) {
		return err
	}
	return nil
}

// Part gives the four bytes of a UID's part, whose fifth is their sum (BCC).
func Part(answer []byte) ([]byte, error) {
	if len(answer) != 5 || answer[0]^answer[1]^answer[2]^answer[3] != answer[4] {
		return nil, errGarbled
	}
	return answer[:4:4], nil
}

// SAK says whether a select's answer says that the UID goes on.
func SAK(answer []byte) (more bool, err error) {
	if len(answer) != 3 || string(withCRC(answer[:1:1])) != string(answer) {
		return false, errGarbled
	}
	return answer[0]&moreToCome != 0, nil
}

// withCRC appends CRC_A (ISO/IEC 14443-3, 6.2.4).
func withCRC(b []byte) []byte {
	crc := uint16(0x6363)
	for _, x := range b {
		x ^= byte(crc)
		x ^= x << 4
		crc = crc>>8 ^ uint16(x)<<8 ^ uint16(x)<<3 ^ uint16(x)>>4
	}
	return append(b, byte(crc), byte(crc>>8))
}
