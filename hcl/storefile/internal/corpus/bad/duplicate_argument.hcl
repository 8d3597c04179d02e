entry {
  max_stay = "1h"
  max_stay = "2h" # ERROR duplicate: The argument is written twice
}
