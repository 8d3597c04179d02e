package wire

import (
	"time"

	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/money"
)

// AmountOf makes the message of an amount.
func AmountOf(a money.Amount) *pb.Amount {
	return &pb.Amount{Minor: a.Minor, Currency: string(a.Currency)}
}

// MoneyOf makes an amount of its message; no message is no amount.
func MoneyOf(a *pb.Amount) money.Amount {
	return money.Amount{Minor: a.GetMinor(), Currency: money.Currency(a.GetCurrency())}
}

// Micros is t as Unix microseconds, and 0 for the zero time.
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// TimeOf is the time of Unix microseconds in UTC, and the zero time for 0.
func TimeOf(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(min(max(us, earliest), latest)).UTC()
}
