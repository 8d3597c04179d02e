package host

import (
	"fmt"
	"time"

	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// Reading is one quantity that a device measures beside its evidence.
type Reading = class.Reading

// readingsOf checks the readings of one device. It looks at no more than it may
// have, whatever came.
func readingsOf(r *pb.Readings) ([]Reading, error) {
	if r == nil {
		return nil, nil
	}
	came := r.GetReadings()
	list := make([]Reading, 0, min(len(came), class.MaxReadings))
	for _, v := range came[:cap(list)] {
		list = append(list, Reading{Name: v.GetName(), Value: v.GetValue(), At: time.UnixMicro(v.GetTakenUs()).UTC()})
	}
	list, unfit := class.Newest(list)
	if r.GetRefused() != "" && unfit == nil {
		unfit = fmt.Errorf("%w: %s", class.ErrReading, wire.Bound(r.GetRefused(), maxNameText))
	}
	if len(came) > class.MaxReadings && unfit == nil {
		unfit = fmt.Errorf("%w: %d of one device, the limit is %d", class.ErrReading, len(came), class.MaxReadings)
	}
	return list, unfit
}
