package store

import (
	"reflect"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/payment"
)

// Every field of what a plugin declares has its place in the definition.
func TestProcessing(t *testing.T) {
	var all payment.Capabilities
	v := reflect.ValueOf(&all).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int32, reflect.Int64:
			f.SetInt(int64(i + 1))
		case reflect.Slice:
			f.Set(reflect.ValueOf([]payment.NetworkLifetime{{Network: "visa", Lifetime: time.Hour}, {Network: "amex", Lifetime: time.Minute}}))
		default:
			t.Fatalf("a field of kind %s", f.Kind())
		}
	}
	got := reflect.ValueOf(Processing(all))
	if got.NumField() != v.NumField() {
		t.Fatalf("%d fields of %d", got.NumField(), v.NumField())
	}
	for i := range got.NumField() {
		name := got.Type().Field(i).Name
		if name == "HoldLifetimes" {
			continue
		}
		if !got.Field(i).Equal(v.FieldByName(name)) {
			t.Errorf("%s is %v", name, got.Field(i))
		}
	}
	if n := Processing(all).HoldLifetimes; len(n) != 2 || n[0].Network != "amex" || n[0].Lifetime != time.Minute || n[1].Network != "visa" {
		t.Errorf("%v", n)
	}
}
