"""From the thermometer to a verdict: health, correction, screening, and what people say of it."""
