package money_test

import (
	"fmt"

	"github.com/openaisle/aisle/sdk/money"
)

func ExampleParse() {
	cola, err := money.Parse("1.80 EUR")
	if err != nil {
		fmt.Println(err)
		return
	}
	three, err := cola.Mul(3)
	fmt.Println(three, err)
	_, err = cola.Add(money.New(180, "JPY"))
	fmt.Println(err)
	// Output:
	// 5.40 EUR <nil>
	// add 1.80 EUR and 180 JPY: currencies differ
}

func ExampleRate_Included() {
	rate, err := money.ParseRate("23%")
	if err != nil {
		fmt.Println(err)
		return
	}
	tax, err := rate.Included(money.New(180, "EUR"), money.HalfUp)
	fmt.Println(rate, "of which tax:", tax, err)
	// Output: 23 % of which tax: 0.34 EUR <nil>
}
