package payload

import (
	"fmt"
	"time"

	"github.com/openaisle/aisle/sdk/class"
)

// MaxTelemetry bounds a message of TOPIC/telemetry, in bytes: 16 readings take a
// quarter of it.
const MaxTelemetry = 4 << 10

// ParseTelemetry reads TOPIC/telemetry: numbers by the names of what they
// measure, such as {"temperature_celsius":4.5}. One that is null is not known.
// All are taken at a time, and come by name.
func ParseTelemetry(b []byte, at time.Time) ([]class.Reading, error) {
	if len(b) > MaxTelemetry {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrPayload, MaxTelemetry)
	}
	var values map[string]*float64
	if err := decode(b, &values); err != nil {
		return nil, err
	}
	if values == nil {
		return nil, fmt.Errorf("%w: it is null", ErrPayload)
	}
	var list []class.Reading
	for name, v := range values {
		if v != nil {
			list = append(list, class.Reading{Name: name, Value: *v, At: at})
		}
	}
	if len(list) > class.MaxReadings {
		return nil, fmt.Errorf("%w: %d readings, and a device may have %d", ErrPayload, len(list), class.MaxReadings)
	}
	list, unfit := class.Newest(list)
	if unfit != nil {
		return nil, fmt.Errorf("%w: %w", ErrPayload, unfit)
	}
	return list, nil
}
