package master

import (
	"errors"
	"fmt"

	"github.com/simonvetter/modbus"
)

// likely says what a question most likely failed of where the device has not answered any yet:
// in the same words at each try, whatever noise came.
func (s *Station) likely(err error) error {
	if s.spoke {
		return err
	}
	garbled := errors.Is(err, modbus.ErrBadCRC) || errors.Is(err, modbus.ErrShortFrame) || errors.Is(err, modbus.ErrProtocolError) || errors.Is(err, modbus.ErrUnknownProtocolId)
	l := s.line
	l.noisy = l.noisy || garbled
	serial := l.where.Port != "" || l.where.RTU
	switch {
	case !garbled && !errors.Is(err, modbus.ErrRequestTimedOut):
		return err
	case l.spoke && garbled:
		return err
	case l.spoke:
		return fmt.Errorf("nothing answers at unit %d, and others on the line do: is it on, and is that its unit?", s.unit)
	case l.noisy && serial:
		return errors.New("bytes arrive, but no frame of Modbus RTU is among them: is the speed right (baud and frame)?")
	case l.noisy:
		return errors.New("bytes arrive, but no frame of Modbus/TCP is among them: is it a serial server, which needs rtu = true?")
	case serial:
		return fmt.Errorf("nothing answers at unit %d: is it on, is that its unit, and is the speed right (baud and frame)?", s.unit)
	}
	return fmt.Errorf("nothing answers at unit %d: is it on, and is that its unit?", s.unit)
}
